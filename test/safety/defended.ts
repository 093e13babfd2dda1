/**
 * A whole gateway for attacks: in this process, on free ports, both listeners on TCP, with all it writes kept: the
 * log as JSON and as for people, its events, and every answer of the admin listener. Ends with the test.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { Test } from 'tap'
import { stringify } from 'yaml'

import type { GatewayStatus } from '../../src/admin/status.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { FunctionStatus } from '../../src/domain/status.ts'
import { Gateway } from '../../src/gateway.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { Log } from '../../src/telemetry/log.ts'
import { EventLog, PATIENCE_MS } from '../support/event-log.ts'
import { type Answered, type Question, httpAsk } from '../support/http-ask.ts'
import { rawClient } from '../support/raw-client.ts'
import type { RawConnection } from '../support/raw-connection.ts'
import { tempDir } from '../support/temp-dir.ts'

type Options = Readonly<Record<string, unknown>>

export interface DefendedParts {
  /** Options of `gateway.yaml`; each function answers for `NAME.test` unless it says otherwise. */
  readonly text: Options & { readonly functions: Readonly<Record<string, Options>> }
  /** The gateway's environment, besides PATH. */
  readonly env?: Readonly<Record<string, string>>
  readonly dir?: string
}

const QUIET = { pauseAfter: 'never', stopAfter: 'never', removeAfter: 'never' }

/** Of one attempt to see something in the status that no event tells. */
const LOOK_MS = 5

export class Defended {
  readonly #t: Test
  readonly #gateway: Gateway
  readonly dir: string
  readonly log: EventLog
  /** All that the logs said so far, as JSON and for people. */
  readonly written: () => Promise<string>

  constructor(t: Test, gateway: Gateway, kept: Pick<Defended, 'dir' | 'log' | 'written'>) {
    this.#t = t
    this.#gateway = gateway
    this.dir = kept.dir
    this.log = kept.log
    this.written = kept.written
  }

  get port(): number {
    return portOf(this.#gateway.addresses.http)
  }

  get adminPort(): number {
    return portOf(this.#gateway.addresses.admin ?? '')
  }

  get adminSocket(): string {
    return this.#gateway.addresses.socket
  }

  get token(): string {
    return readFileSync(join(this.dir, 'state', 'token'), 'utf8').trim()
  }

  /** One request through the gateway. */
  ask(path = '/', question: Partial<Question> & { readonly fn?: string } = {}): Promise<Answered> {
    const { fn = 'app', ...rest } = question
    return httpAsk({ host: '127.0.0.1', port: this.port }, { path, host: `${fn}.test`, ...rest })
  }

  /** One request to the admin listener over TCP. */
  admin(path: string, question: Partial<Question> = {}): Promise<Answered> {
    const where = { host: '127.0.0.1', port: this.adminPort }
    return httpAsk(where, { path, host: `127.0.0.1:${this.adminPort}`, ...question })
  }

  /** The same over the unix socket, where everything may be seen. */
  inside(path: string, question: Partial<Question> = {}): Promise<Answered> {
    return httpAsk({ socketPath: this.adminSocket }, { path, ...question })
  }

  /** A client on the wire, to the public listener or to the admin's. */
  client(port = this.port): Promise<RawConnection> {
    return rawClient(this.#t, port, PATIENCE_MS)
  }

  async status(fn = 'app'): Promise<FunctionStatus> {
    const { text } = await this.inside('/api/v1/functions')
    const found = (JSON.parse(text) as GatewayStatus).functions.find(({ id }) => id === fn)
    if (!found) throw new Error(`there is no function ${fn}`)
    return found
  }

  /** Looks until the status is so. */
  async until(
    what: string,
    is: (status: FunctionStatus) => boolean,
    fn = 'app',
  ): Promise<FunctionStatus> {
    const late = performance.now() + PATIENCE_MS
    for (;;) {
      const status = await this.status(fn)
      if (is(status)) return status
      if (performance.now() > late)
        throw new Error(`waited for ${what} of ${fn}, which is ${JSON.stringify(status)}`)
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    }
  }

  /** The value of one sample of the exposition; undefined when it is not there. */
  async metric(sample: string): Promise<number | undefined> {
    const { text } = await this.inside('/metrics')
    const line = text.split('\n').find((l) => l.startsWith(`${sample} `))
    return line === undefined ? undefined : Number(line.slice(sample.length + 1))
  }

  reload(): Promise<string | undefined> {
    return this.#gateway.reload()
  }

  close(): Promise<void> {
    return this.#gateway.close()
  }
}

const portOf = (address: string): number => Number(address.split(':').at(-1))

/** Rejects as `loadConfig` and `Gateway.start` do. */
export async function defended(t: Test, parts: DefendedParts): Promise<Defended> {
  const { dir = tempDir(t) } = parts
  const file = writeConfig(dir, parts.text)
  const env = { PATH: process.env['PATH'] ?? '', XDG_RUNTIME_DIR: dir, ...parts.env }
  const load = () => loadConfig({ file, env, homedir: dir, isRoot: isRoot(), cores: 2 })
  const log = new EventLog()
  let text = ''
  const output = {
    write: (more: string, done: (error: Error | undefined) => void) => {
      text += more
      setImmediate(done, undefined)
    },
  }
  const clock = systemClock
  const logs = (['json', 'pretty'] as const).map(
    (format) => new Log({ output, clock, format, level: 'debug', colour: false, requests: true }),
  )
  const all = {
    dropped: 0,
    event: (e: Parameters<Log['event']>[0]) => [log, ...logs].forEach((l) => l.event(e)),
    request: (r: Parameters<Log['request']>[0]) => [log, ...logs].forEach((l) => l.request(r)),
  }
  const rest = { clock, log: all, version: 'test', env, homedir: dir, load }
  const gateway = await Gateway.start(await load(), rest)
  t.teardown(() => gateway.close())
  const written = async (): Promise<string> => {
    await Promise.all(logs.map((l) => l.flush(PATIENCE_MS)))
    return text
  }
  return new Defended(t, gateway, { dir, log, written })
}

/** Writes `gateway.yaml` into the directory and returns its path. */
export function writeConfig(dir: string, text: DefendedParts['text']): string {
  const { functions, defaults, ...gateway } = text
  const whole = {
    listen: { http: '127.0.0.1:0' },
    admin: { listen: '127.0.0.1:0' },
    stateDir: './state',
    shutdown: { drainTimeout: '0s' },
    ...gateway,
    defaults: { idle: QUIET, stop: { grace: '1s' }, ...(defaults as Options | undefined) },
    functions: Object.fromEntries(
      Object.entries(functions).map(([name, fn]) => [name, { hosts: [`${name}.test`], ...fn }]),
    ),
  }
  const file = join(dir, 'gateway.yaml')
  writeFileSync(file, stringify(whole))
  return file
}

const isRoot = (): boolean => process.getuid?.() === 0
