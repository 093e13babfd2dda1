/** The contract over child processes. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { ownerId } from '../../src/domain/ids.ts'
import { systemClock, type Clock } from '../../src/lib/clock.ts'
import { ProcessRuntime, RELIST_MS } from '../../src/runtime/process/runtime.ts'
import type { Running } from '../../src/runtime/runtime.ts'
import { Events } from '../../src/telemetry/events.ts'
import { ask } from '../support/ask.ts'
import { commandFunction } from '../support/command-function.ts'
import { runPlacerSuite } from './suite.ts'

/** The real clock, but the process runtime lists again at once, as nothing else tells it of a stop by others. */
const hurried: Clock = {
  ...systemClock,
  timer: (delayMs, fn) => systemClock.timer(delayMs === RELIST_MS ? 5 : delayMs, fn),
}

/** What tap gives to every process that a test spawns, by a hook of its own. */
const harness = Object.keys(process.env).filter((name) => /^_TAPJS_|^NODE_OPTIONS$/.test(name))

const toGroup = (signal: NodeJS.Signals) => async (running: Running) => {
  process.kill(-Number(running.run.split('/')[1]), signal)
}

runPlacerSuite(t, {
  name: 'process',
  async make() {
    const runDir = await mkdtemp(join(tmpdir(), 'coldfront-'))
    const placer = new ProcessRuntime({
      clock: hurried,
      events: new Events(),
      baseEnv: process.env,
      runDir,
    })
    return {
      placer,
      owner: ownerId('test'),
      app: (env) => commandFunction({ env: env ?? {} }),
      missing: {
        fn: commandFunction({ command: ['no-such-command'] }),
        reason: 'command_missing' as const,
      },
      environment: ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', ...harness],
      outside: {
        kill: toGroup('SIGKILL'),
        pause: toGroup('SIGSTOP'),
        unpause: toGroup('SIGCONT'),
      },
      get: (running, path) => ask(running.endpoint, path),
      async close() {
        await placer.close()
        await rm(runDir, { recursive: true, force: true })
      },
    }
  },
  skip: [
    {
      reason: 'containers are the Docker runtime’s',
      tests: ['an existing container is started and stopped, and never removed'],
    },
  ],
})
