/** A function that prints without end: it waits at its pipe, and nobody else waits for it. */

import type { Test } from 'tap'
import t from 'tap'

import { LIMITS } from '../../src/domain/limits.ts'
import { APP } from '../support/command-function.ts'
import { engineOrSkip } from '../support/engine.ts'
import { type DefendedParts, defended } from './defended.ts'

const app = { command: [process.execPath, APP] }

async function flood(t: Test, text: DefendedParts['text']): Promise<void> {
  const gateway = await defended(t, { text })
  t.equal((await gateway.ask()).status, 200)
  const client = await gateway.client()
  client.send('GET / HTTP/1.1\r\nHost: loud.test\r\n\r\n')
  await gateway.log.until('started', 'loud')
  const from = performance.now()
  const lines = () => gateway.log.all('output', 'loud').length
  await gateway.log.when('a flood', () => lines() > LIMITS.outputLinesPerSecondMax / 2)
  for (let i = 0; i < 50; i += 1) t.equal((await gateway.ask()).status, 200)
  const seconds = Math.ceil((performance.now() - from) / 1_000) + 1
  t.ok(lines() <= seconds * LIMITS.outputLinesPerSecondMax, `${lines()} lines in ${seconds} s`)
}

t.test('output flood: of a child process', async (t) => {
  await flood(t, { functions: { app, loud: { command: ['yes'] } } })
})

t.test('output flood: of a container', async (t) => {
  const engine = await engineOrSkip(t)
  if (!engine) return
  const image = await engine.image('busybox')
  const loud = { image, command: ['yes'], pull: 'never', labels: engine.labels }
  await flood(t, {
    docker: { host: `unix://${engine.socketPath}` },
    functions: { app, loud: { ...loud, readiness: { timeout: '1m' } } },
  })
})
