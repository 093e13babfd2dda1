/** The floor of the process runtime: a bare spawn, or a bare SIGCONT. */

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Cleanup } from '../../harness/cleanup.ts'
import { freePort } from '../../../src/runtime/free-port.ts'
import { stateOf } from '../../harness/proc.ts'
import type { StampedCall } from '../../../src/study/stamped-call.ts'
import { askUntilAnswered, type StampedAnswer } from '../../harness/stamped-request.ts'
import { now, until } from '../../harness/time.ts'
import { split, type WakeSample } from './sample.ts'
import type { Floor } from './tier.ts'

const LIMIT_MS = 20_000

interface Started {
  readonly child: ChildProcess
  readonly port: number
  readonly call: StampedCall
  /** To end it. */
  readonly end: () => Promise<void>
}

async function start(program: string, cleanup: Cleanup): Promise<Started> {
  const port = await freePort()
  const sent = now()
  const child = spawn(process.execPath, [program], {
    detached: true,
    env: { PATH: process.env['PATH'], PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const call = { call: 'spawn', what: program, sent, returned: now() }
  const exited = once(child, 'exit')
  const end = cleanup.add('a function without a gateway', async () => {
    child.kill('SIGKILL')
    await exited
  })
  return { child, port, call, end }
}

const ask = (port: number): Promise<StampedAnswer> =>
  askUntilAnswered({ place: { host: '127.0.0.1', port }, host: 'floor', limitMs: LIMIT_MS })

export class SpawnFloor implements Floor {
  readonly #program: string
  readonly #cleanup: Cleanup

  constructor(program: string, cleanup: Cleanup) {
    this.#program = program
    this.#cleanup = cleanup
  }

  async open(): Promise<void> {}

  async putToSleep(): Promise<void> {}

  async wake(): Promise<WakeSample> {
    const { port, call, end } = await start(this.#program, this.#cleanup)
    const answer = await ask(port)
    await end()
    return split({ ...answer, sent: call.sent }, [call])
  }
}

export class ThawFloor implements Floor {
  readonly #program: string
  readonly #cleanup: Cleanup
  #started: Started | undefined

  constructor(program: string, cleanup: Cleanup) {
    this.#program = program
    this.#cleanup = cleanup
  }

  async open(): Promise<void> {
    this.#started = await start(this.#program, this.#cleanup)
    await ask(this.#started.port)
  }

  async putToSleep(): Promise<void> {
    const pid = this.#started?.child.pid ?? never()
    process.kill(pid, 'SIGSTOP')
    const isStopped = (): true | undefined => (stateOf(pid) === 'T' ? true : undefined)
    await until(isStopped, { what: 'the function stands still', limitMs: 1_000, everyMs: 1 })
  }

  async wake(): Promise<WakeSample> {
    const { child, port } = this.#started ?? never()
    const pid = child.pid ?? never()
    const sent = now()
    process.kill(pid, 'SIGCONT')
    const call = { call: 'SIGCONT', what: '', sent, returned: now() }
    const answer = await ask(port)
    return split({ ...answer, sent }, [call])
  }
}

function never(): never {
  throw new Error('the floor was not opened')
}
