/**
 * A whole gateway in this process, from a configuration text: real sockets, a real clock, a real runtime. What
 * it tells is kept; the admin listener is asked by its unix socket. Ends with the test.
 */

import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { Test } from 'tap'
import { stringify } from 'yaml'

import type { GatewayStatus } from '../../src/admin/status.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { FunctionStatus } from '../../src/domain/status.ts'
import { Gateway } from '../../src/gateway.ts'
import { type Clock, systemClock } from '../../src/lib/clock.ts'
import { EventLog, type EventOf, type Kind, PATIENCE_MS } from './event-log.ts'
import { type EventReader, readEvents } from './event-reader.ts'
import { type Answered, type Question, type Where, httpAsk } from './http-ask.ts'
import { rawClient } from './raw-client.ts'
import type { RawConnection } from './raw-connection.ts'
import { tempDir } from './temp-dir.ts'
import type { Options, Who, World } from './world.ts'

/** A gateway's options with its functions by name; each answers for `NAME.test`. */
export interface GatewayText extends Options {
  readonly functions: Readonly<Record<string, Options>>
}

export interface GatewayTestParts {
  readonly clock?: Clock
  /** For a second gateway on the state of the first. */
  readonly dir?: string
  /** Directory of a built dashboard. */
  readonly dashboard?: string
  readonly version?: string
}

/** For an app that is ready when its gate `ready` is opened, so that a test decides how long requests are held. */
export const READY_BY_GATE = { readiness: { http: '/ready', timeout: '5m' } }

/** Between looks at what no event tells of. */
const LOOK_MS = 5

/** All that a gateway's text needs of a world. */
type Settings = Pick<World, 'settings'>

/** Nothing sleeps by itself, nothing drains for long; a test says what it is about. */
const DEFAULTS = {
  idle: { pauseAfter: 'never', stopAfter: 'never', removeAfter: 'never' },
  stop: { grace: '2s' },
}

interface TestGatewayParts {
  readonly t: Test
  readonly world: Settings
  readonly dir: string
  readonly log: EventLog
  readonly gateway: Gateway
}

/** Starts one; rejects as `Gateway.start` does. */
export async function startGateway(
  t: Test,
  world: Settings,
  text: GatewayText,
  { dir = tempDir(t), clock = systemClock, dashboard, version = 'test' }: GatewayTestParts = {},
): Promise<TestGateway> {
  const log = new EventLog()
  const file = await write(dir, world, text)
  const load = () => loadConfig({ file, env: {}, homedir: dir, isRoot: isRoot(), cores: 2 })
  const env = { PATH: process.env['PATH'], XDG_RUNTIME_DIR: dir }
  const built = dashboard === undefined ? {} : { dashboard }
  const parts = { clock, log, version, env, homedir: dir, load, ...built }
  const gateway = await Gateway.start(await load(), parts)
  t.teardown(() => gateway.close())
  return new TestGateway({ t, world, dir, log, gateway })
}

export class TestGateway {
  readonly #parts: TestGatewayParts
  readonly dir: string
  readonly log: EventLog
  readonly port: number

  constructor(parts: TestGatewayParts) {
    this.#parts = parts
    this.dir = parts.dir
    this.log = parts.log
    this.port = Number(parts.gateway.addresses.http.split(':').at(-1))
  }

  /** Of its admin listener, where its text asks for one on TCP. */
  get adminUrl(): string {
    return `http://${this.#parts.gateway.addresses.admin?.replace('0.0.0.0', '127.0.0.1')}`
  }

  /** What the admin listener asks for. */
  get token(): string {
    return readFileSync(join(this.dir, 'state/token'), 'utf8').trim()
  }

  /** One request through the gateway. */
  ask(path = '/', question: Partial<Question> & { readonly fn?: string } = {}): Promise<Answered> {
    const { fn = 'app', ...rest } = question
    return httpAsk({ host: '127.0.0.1', port: this.port }, { path, host: `${fn}.test`, ...rest })
  }

  /** Who answers, asked through the gateway. */
  async who(fn = 'app'): Promise<Who> {
    const { status, text } = await this.ask('/', { fn })
    if (status !== 200) throw new Error(`${fn} answered ${status}: ${text}`)
    return JSON.parse(text) as Who
  }

  /** A client on the wire; destroyed when the test ends. */
  client(): Promise<RawConnection> {
    return rawClient(this.#parts.t, this.port, PATIENCE_MS)
  }

  until<K extends Kind>(
    kind: K,
    fn = 'app',
    is?: (event: EventOf<K>) => boolean,
  ): Promise<EventOf<K>> {
    return this.log.until(kind, fn, is)
  }

  /** The next time that an instance gets to this state. */
  state(to: string, fn = 'app'): Promise<EventOf<'state'>> {
    return this.until('state', fn, (event) => event.to === to)
  }

  /** Until an instance has printed this line. */
  printed(line: string, fn = 'app'): Promise<void> {
    return this.log.when(`${fn} to print "${line}"`, () =>
      this.log.all('output', fn).some((output) => output.line === line),
    )
  }

  /** One request to the admin listener, by its unix socket. */
  admin(path: string, method = 'GET'): Promise<Answered> {
    return httpAsk({ socketPath: this.#parts.gateway.addresses.socket }, { path, method })
  }

  /** Reads one of its event streams, by its unix socket. */
  follow(path: string, headers: Readonly<Record<string, string>> = {}): Promise<EventReader> {
    const { t, gateway } = this.#parts
    return readEvents(t, { socketPath: gateway.addresses.socket }, { path, headers })
  }

  async overview(): Promise<GatewayStatus> {
    return JSON.parse((await this.admin('/api/v1/functions')).text) as GatewayStatus
  }

  async status(fn = 'app'): Promise<FunctionStatus> {
    const found = (await this.overview()).functions.find(({ id }) => id === fn)
    if (!found) throw new Error(`there is no function ${fn}`)
    return found
  }

  /** Looks until the status is so: for what no event tells. */
  async untilStatus(
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
      await pause()
    }
  }

  /** Until exactly so many requests are held. */
  async held(count: number, fn = 'app'): Promise<void> {
    await this.untilStatus(`${count} held`, ({ waiters }) => waiters === count, fn)
  }

  /** Asks an instance itself, past the gateway. */
  async direct(path: string, fn = 'app', instance?: string): Promise<Answered> {
    const has = (status: FunctionStatus) =>
      status.instances.find((i) => i.endpoint && (instance === undefined || i.id === instance))
    const status = await this.untilStatus('an address', (s) => has(s) !== undefined, fn)
    return this.askAt(has(status)?.endpoint ?? '', path)
  }

  /** Asks whoever listens there, or will. */
  async askAt(endpoint: string, path: string): Promise<Answered> {
    const where = whereOf(endpoint)
    // It runs; it may not listen yet.
    for (const late = performance.now() + PATIENCE_MS; ; await pause()) {
      try {
        return await httpAsk(where, { path })
      } catch (error) {
        if (performance.now() > late) throw error
      }
    }
  }

  /** Opens a gate of the app, past the gateway. */
  async open(name: string, fn = 'app'): Promise<void> {
    await this.direct(`/open?name=${name}`, fn)
  }

  /** Until nobody is let in any more. */
  async refuses(): Promise<void> {
    for (const late = performance.now() + PATIENCE_MS; performance.now() < late; await pause()) {
      const code = await this.ask('/', { fn: 'nobody' }).then(
        () => '',
        (error: NodeJS.ErrnoException) => error.code,
      )
      if (code === 'ECONNREFUSED') return
    }
    throw new Error('it still accepts connections')
  }

  /** Writes the configuration anew, and nothing else. */
  async rewrite(text: GatewayText): Promise<void> {
    await write(this.dir, this.#parts.world, text)
  }

  /** What was wrong, or undefined. */
  reload(): Promise<string | undefined> {
    return this.#parts.gateway.reload()
  }

  close(): Promise<void> {
    return this.#parts.gateway.close()
  }
}

const pause = (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, LOOK_MS)
  })

const isRoot = (): boolean => process.getuid?.() === 0

function whereOf(endpoint: string): Where {
  if (endpoint.startsWith('unix:')) return { socketPath: endpoint.slice('unix:'.length) }
  const at = endpoint.lastIndexOf(':')
  return { host: endpoint.slice(0, at), port: Number(endpoint.slice(at + 1)) }
}

/** Whole or not at all: the gateway watches the file. */
async function write(dir: string, world: Settings, text: GatewayText): Promise<string> {
  const functions = Object.fromEntries(
    Object.entries(text.functions).map(([name, fn]) => [name, { hosts: [`${name}.test`], ...fn }]),
  )
  const defaults = { ...DEFAULTS, ...(text['defaults'] as Options | undefined) }
  const whole = {
    listen: { http: '127.0.0.1:0' },
    admin: { listen: 'off' },
    stateDir: './state',
    // All that tests wake comes from one address.
    wakeRate: { burst: 'never' },
    shutdown: { drainTimeout: '2s' },
    ...world.settings,
    ...text,
    defaults,
    functions,
  }
  const file = join(dir, 'gateway.yaml')
  const draft = join(dir, `draft-${randomBytes(4).toString('hex')}`)
  await writeFile(draft, stringify(whole))
  await rename(draft, file)
  return file
}
