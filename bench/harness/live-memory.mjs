// Loaded into a gateway before its program: on SIGUSR2 collects all garbage and writes what is still in use.
import { renameSync, writeFileSync } from 'node:fs'
import { memoryUsage } from 'node:process'

const path = process.env.LIVE_MEMORY

process.on('SIGUSR2', () => {
  // Twice: buffers that the first one found are given back by the second.
  for (let i = 0; i < 2; i += 1) globalThis.gc()
  const { heapUsed, external } = memoryUsage()
  writeFileSync(`${path}.new`, JSON.stringify({ heapUsed, external }))
  renameSync(`${path}.new`, path)
})
