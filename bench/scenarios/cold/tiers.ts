/** The tiers that are measured, with the functions they need. */

import { join } from 'node:path'
import type { EngineCalls } from '../../../src/study/engine-calls.ts'
import type { ProcessCalls } from '../../../src/study/process-calls.ts'
import type { TestEngine } from '../../../test/support/engine.ts'
import type { Cleanup } from '../../harness/cleanup.ts'
import type { Reach, Settings } from '../../harness/command-line.ts'
import { BENCH } from '../../harness/root.ts'
import { DockerFloor } from './docker-floor.ts'
import { SpawnFloor, ThawFloor } from './process-floor.ts'
import { hasNone, isAll, type Tier } from './tier.ts'

const APPS = join(BENCH, 'apps')
const PORT = 8080
const SOCKET_DIR = '/run/fn'

/** Sleeps only when told to, and then keeps what it has. */
const KEEPING = { pauseAfter: '1h', stopAfter: '1h', removeAfter: '1h' }
/** What is stopped is removed at once. */
const FORGETTING = { pauseAfter: 'never', stopAfter: 'never', removeAfter: '0s' }

export interface Stage {
  readonly tiers: readonly Tier[]
  readonly functions: Readonly<Record<string, unknown>>
}

export interface StageParts {
  readonly settings: Settings
  readonly dir: string
  readonly cleanup: Cleanup
}

export function processStage({ settings, cleanup }: StageParts, calls: ProcessCalls): Stage {
  const program = join(APPS, 'stamp.mjs')
  const shared = {
    runs: settings.runs,
    fn: 'process',
    // A gateway may spawn other programs too.
    since: (from: number) =>
      calls.since(from).filter(({ call, what }) => call !== 'spawn' || what === program),
  }
  return {
    functions: {
      process: {
        hosts: ['process.localhost'],
        command: [process.execPath, program],
        idle: KEEPING,
      },
    },
    tiers: [
      {
        ...shared,
        name: 'process, new',
        start: 'cold',
        calls: ['spawn'],
        order: 'stop',
        asleep: hasNone,
        floor: new SpawnFloor(program, cleanup),
      },
      {
        ...shared,
        name: 'process, paused',
        start: 'resumed',
        calls: ['SIGCONT'],
        order: 'pause',
        asleep: isAll('paused'),
        floor: new ThawFloor(program, cleanup),
      },
    ],
  }
}

export interface DockerStageParts extends StageParts {
  readonly engine: TestEngine
  readonly calls: EngineCalls
  readonly reach: Reach
}

export async function dockerStage(parts: DockerStageParts): Promise<Stage> {
  const { engine, calls, reach, settings, dir } = parts
  const base = {
    image: await engine.image('node'),
    command: ['/bin/node', '/bench/stamp.mjs'],
    volumes: [`${APPS}:/bench:ro`],
    labels: engine.labels,
    ...(reach === 'socket'
      ? { socket: `${SOCKET_DIR}/app.sock`, env: { LISTEN_PATH: `${SOCKET_DIR}/app.sock` } }
      : { port: PORT, env: { HOST: '0.0.0.0' }, reach }),
  }
  const tier = (
    kind: 'new' | 'dormant' | 'paused',
    rest: Pick<Tier, 'start' | 'calls' | 'order' | 'asleep'>,
  ): Tier => {
    const fn = kind === 'new' ? `new-${reach}` : `kept-${reach}`
    return {
      ...rest,
      name: `docker by ${reach}, ${kind}`,
      runs: settings.dockerRuns,
      fn,
      since: (from) => calls.since(from),
      floor: new DockerFloor({
        calls,
        fn,
        tier: kind,
        reach,
        port: PORT,
        socketDir: SOCKET_DIR,
        dir,
      }),
    }
  }
  return {
    functions: {
      [`new-${reach}`]: { ...base, hosts: [`new-${reach}.localhost`], idle: FORGETTING },
      [`kept-${reach}`]: { ...base, hosts: [`kept-${reach}.localhost`], idle: KEEPING },
    },
    tiers: [
      tier('new', { start: 'cold', calls: ['create', 'start'], order: 'stop', asleep: hasNone }),
      tier('dormant', { start: 'cold', calls: ['start'], order: 'stop', asleep: isAll('dormant') }),
      tier('paused', {
        start: 'resumed',
        calls: ['unpause'],
        order: 'pause',
        asleep: isAll('paused'),
      }),
    ],
  }
}
