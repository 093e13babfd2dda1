/** The gateway as a user runs it: `coldfront serve` as a process of its own, with a file and a state directory of its own. */

import { type ChildProcess, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { FunctionStatus } from '../domain/status.ts'
import { type Clock, sleep } from '../lib/clock.ts'
import { JsonClient } from './json-client.ts'

export interface GatewayChildParts {
  readonly clock: Clock
  /** For its file, its state and its sockets. Short: a socket's path has at most 103 bytes. */
  readonly dir: string
  /** How this program is started again: Node, its arguments, the file. */
  readonly program: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string | undefined>>
  /** What `gateway.yaml` says, without addresses and state directory. */
  readonly file: Readonly<Record<string, unknown>>
}

const START_MS = 30_000
const END_MS = 40_000
/** A status is asked for so often while the gateway gets somewhere. */
const LOOK_MS = 5
const BECOME_MS = 60_000
const TAIL_LINES = 20

export class GatewayChild {
  readonly #clock: Clock
  readonly #admin: JsonClient
  /** Its last lines of output. */
  readonly tail: string[] = []
  port = 0

  private constructor(clock: Clock, admin: JsonClient) {
    this.#clock = clock
    this.#admin = admin
  }

  /** Rejects, with its last lines, when it does not come up. `stack` ends it. */
  static async start(parts: GatewayChildParts, stack: AsyncDisposableStack): Promise<GatewayChild> {
    const { clock, dir, program, env, file } = parts
    const stateDir = join(dir, 'state')
    const whole = {
      listen: { http: '127.0.0.1:0' },
      admin: { listen: 'off' },
      // All requests come from one address.
      wakeRate: { burst: 'never' },
      log: { requests: false },
      shutdown: { drainTimeout: '1s' },
      stateDir,
      ...file,
    }
    const config = join(dir, 'gateway.yaml')
    // JSON is YAML; what was expanded already is not expanded again.
    writeFileSync(config, JSON.stringify(whole, undefined, 2).replaceAll('$', '$$$$'))
    const [node, ...args] = program
    // In a group of its own, so that Ctrl-C reaches the study alone; its standard input ends with the study.
    const child = spawn(node, [...args, 'serve', '--config', config, '--log', 'json'], {
      env: { ...env, XDG_RUNTIME_DIR: dir },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    })
    const gateway = new GatewayChild(clock, new JsonClient(join(stateDir, 'admin.sock')))
    const exited = new Promise<void>((resolve) => {
      child.on('exit', () => resolve())
      child.on('error', () => resolve())
    })
    stack.defer(() => gateway.#end(child, exited))
    gateway.port = await gateway.#listening(child, exited)
    return gateway
  }

  async status(name: string): Promise<FunctionStatus> {
    const path = `/api/v1/functions/${name}`
    return (await this.#admin.ask({ method: 'GET', path })) as FunctionStatus
  }

  async order(name: string, verb: 'wake' | 'pause' | 'stop'): Promise<void> {
    await this.#admin.ask({ method: 'POST', path: `/api/v1/functions/${name}/${verb}` })
  }

  /** Resolves when the function looks as wanted; rejects with how it looked last. */
  async becomes(
    name: string,
    what: string,
    test: (status: FunctionStatus) => boolean,
  ): Promise<void> {
    const giveUp = this.#clock.now() + BECOME_MS
    for (;;) {
      const status = await this.status(name)
      if (test(status)) return
      if (this.#clock.now() > giveUp || status.condition === 'backoff')
        throw this.#fault(`the function does not become ${what}: ${seen(status)}`)
      await sleep(this.#clock, LOOK_MS)
    }
  }

  #listening(child: ChildProcess, exited: Promise<void>): Promise<number> {
    return new Promise((resolve, reject) => {
      const fail = (what: string): void => reject(this.#fault(`the gateway ${what}`))
      const timer = this.#clock.timer(START_MS, () => fail(`did not listen within ${START_MS} ms`))
      void exited.then(() => fail('ended'))
      for (const input of [child.stdout!, child.stderr!]) {
        createInterface({ input }).on('line', (line) => {
          this.tail.push(line)
          if (this.tail.length > TAIL_LINES) this.tail.shift()
          const port = portOf(line)
          if (port === undefined) return
          timer.cancel()
          resolve(port)
        })
      }
    })
  }

  #fault(problem: string): Error {
    return new Error([problem, ...this.tail].join('\n  '))
  }

  async #end(child: ChildProcess, exited: Promise<void>): Promise<void> {
    await this.#admin.close()
    child.kill('SIGTERM')
    const timer = this.#clock.timer(END_MS, () => child.kill('SIGKILL'))
    await exited
    timer.cancel()
  }
}

const seen = ({ condition, instances, lastError }: FunctionStatus): string =>
  [
    condition,
    ...instances.map(({ state }) => state),
    ...(lastError ? [lastError.message, ...lastError.log] : []),
  ].join(', ')

/** Of the log line that tells where it listens. */
function portOf(line: string): number | undefined {
  if (!line.includes('"listening"')) return undefined
  const { what, address } = JSON.parse(line) as { what?: string; address?: string }
  return what === 'http' ? Number(address?.split(':').at(-1)) : undefined
}
