/** The contract over the fake world, so that what is tested in it holds in the real one. */

import t from 'tap'
import { ownerId, type RunId } from '../../src/domain/ids.ts'
import type { Running } from '../../src/runtime/runtime.ts'
import { commandFunction } from '../support/command-function.ts'
import { FakeWorld } from '../support/fake-world.ts'
import { runPlacerSuite } from './suite.ts'

const handle = ({ ref }: Running) => ref.handle

runPlacerSuite(t, {
  name: 'fake',
  async make() {
    const placer = new FakeWorld()
    const requests = new Map<RunId, number>()
    return {
      placer,
      owner: ownerId('test'),
      app: () => commandFunction(),
      missing: { fn: commandFunction(), reason: 'command_missing' as const },
      environment: [],
      outside: {
        kill: async (running) => placer.outside('exit', handle(running)),
        pause: async (running) => placer.outside('pause', handle(running)),
        unpause: async (running) => placer.outside('unpause', handle(running)),
      },
      // The app of this world: it counts requests, and remembers nothing else.
      async get({ ref, run }) {
        const entry = placer.entries.get(ref.handle)
        if (entry?.run !== run || entry.phase !== 'running') throw new Error('nobody answers')
        requests.set(run, (requests.get(run) ?? 0) + 1)
        const who = { service: ref.fn, revision: entry.revision, startedAt: run }
        return JSON.stringify({ ...who, requests: requests.get(run) })
      },
      close: () => placer.close(),
    }
  },
  skip: [
    {
      reason: 'no process is behind it: nothing is configured, printed, signalled or missing',
      tests: [
        'PORT, K_SERVICE, K_REVISION, K_CONFIGURATION and what is configured arrive',
        'nothing else of the gateway’s environment leaks into an instance',
        'what exits at once is told as exited, with its last lines',
        'a missing command or image is told as that, by name',
        'stop delivers SIGTERM, and tells code and last lines',
        'stop kills what outlives the grace',
        'stop of a paused one delivers SIGTERM all the same',
        'a kill from outside is a fact with its cause',
        'logs are the last lines, bounded in number and length',
      ],
    },
    {
      reason: 'it has no containers of others',
      tests: ['an existing container is started and stopped, and never removed'],
    },
  ],
})
