/** The contract over servers that coldfront does not manage; what is left of it there. */

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { instanceId, ownerId } from '../../src/domain/ids.ts'
import { StaticRuntime } from '../../src/runtime/static.ts'
import { ask } from '../support/ask.ts'
import { commandFunction } from '../support/command-function.ts'
import { runPlacerSuite } from './suite.ts'

const fn = commandFunction()
let requests = 0
const server = createServer((_, res) => {
  requests += 1
  res.end(JSON.stringify({ service: fn.id, revision: fn.revision, requests }))
})
t.teardown(() => server.close())
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as AddressInfo

runPlacerSuite(t, {
  name: 'static',
  async make() {
    requests = 0
    const placer = new StaticRuntime()
    return {
      placer,
      owner: ownerId('test'),
      app: () => ({
        ...fn,
        runtime: 'static',
        spec: { k: 'upstream', endpoint: { k: 'tcp', host: '127.0.0.1', port } },
      }),
      missing: { fn, reason: 'command_missing' as const },
      environment: [],
      outside: {},
      get: (running, path) => ask(running.endpoint, path),
      close: () => placer.close(),
    }
  },
  skip: [
    {
      reason: 'the server is not coldfront’s: it is neither started nor configured here',
      tests: [
        'PORT, K_SERVICE, K_REVISION, K_CONFIGURATION and what is configured arrive',
        'nothing else of the gateway’s environment leaks into an instance',
        'what exits at once is told as exited, with its last lines',
        'a missing command or image is told as that, by name',
        'twenty instances at once are twenty runs at twenty endpoints',
        'of two runs of one instance the later one sorts after the earlier',
        'logs are the last lines, bounded in number and length',
        'an existing container is started and stopped, and never removed',
      ],
    },
    {
      reason: 'nothing is ever stopped, so nothing ends',
      tests: [
        'stop delivers SIGTERM, and tells code and last lines',
        'stop kills what outlives the grace',
        'start and exit of an instance are facts of one run',
        'a kill from outside is a fact with its cause',
        'a closed watch hears nothing more, and a second one hears all',
      ],
    },
    {
      reason: 'it cannot pause',
      tests: [
        'pause then resume keeps the memory',
        'pause of a paused one and resume of a running one are told as the state found',
        'pause and resume of one that has ended are refused',
        'stop of a paused one delivers SIGTERM all the same',
        'pause and unpause from outside are facts',
      ],
    },
  ],
})

t.test('static: a function that is no upstream is refused', async (t) => {
  const placer = new StaticRuntime()
  const { signal } = new AbortController()
  const ref = await placer.create(fn, instanceId('a'), signal)
  await t.rejects(placer.start(fn, ref, signal), { name: 'RuntimeError', reason: 'failed' })
})
