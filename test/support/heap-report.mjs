// Loaded into a gateway before its program: tells over IPC what was allocated. `collect` collects garbage first.
import { memoryUsage } from 'node:process'

process.on('message', (message) => {
  // Twice: buffers that the first one found are given back by the second.
  for (let i = message === 'collect' ? 2 : 0; i > 0; i -= 1) globalThis.gc()
  const { heapUsed, external } = memoryUsage()
  process.send({ heapUsed, external })
})
