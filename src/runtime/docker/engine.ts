/**
 * The connection to one engine: found once, its API version negotiated, found anew after it went away.
 * Every call has a deadline, and fails with a RuntimeError only.
 */

import type { Agent } from 'node:http'
import { Agent as TlsAgent, request as tlsRequest } from 'node:https'
import { inspect } from 'node:util'
import type Docker from 'dockerode'
import type { Clock } from '../../lib/clock.ts'
import { RuntimeError } from '../runtime.ts'
import { engineAddresses, showAddress } from './discovery.ts'
import type { DiscoveryParts, EngineAddress } from './discovery.ts'
import { type Ask, type EngineOrder, SocketAsk, libraryAsk } from './engine-ask.ts'
import { statusOf, toRuntimeError } from './engine-error.ts'
import { DOCKER_LIMITS } from './limits.ts'

// Not imported: see the rule for it in test/tidy.test.ts.
const { Agent: PlainAgent, request } = process.getBuiltinModule('node:http')

export interface EngineParts extends DiscoveryParts {
  readonly clock: Clock
}

/** An engine that answered. */
export interface Connection {
  readonly docker: Docker
  readonly ask: Ask
  readonly address: EngineAddress
  readonly apiVersion: string
  /** Its containers' addresses cannot be reached from here: rootless, or in a virtual machine. */
  readonly secluded: boolean
  /** In the engine's own words, such as `x86_64`; undefined where a filter keeps it from us. */
  readonly architecture: string | undefined
}

export interface CallParts {
  /** Completes "could not …". */
  readonly doing: string
  readonly ms: number
  readonly signal?: AbortSignal | undefined
}

interface Found {
  readonly address: EngineAddress
  readonly apiVersion: string
}

export class Engine {
  readonly #parts: EngineParts
  #connection: Promise<Connection> | undefined
  #agent: Agent | undefined
  /** By what they lead to: what is out over one shall not be cut by a reconnect. */
  readonly #asks = new Map<string, SocketAsk>()

  constructor(parts: EngineParts) {
    this.#parts = parts
  }

  /** The engine in use; looks for one when there is none. Throws `engine_away` with what was tried. */
  connect(): Promise<Connection> {
    this.#connection ??= this.#open().catch((error: unknown) => {
      this.#connection = undefined
      throw error
    })
    return this.#connection
  }

  /**
   * Runs one call. Rejects with the signal's reason when it is aborted, with `timeout` after `ms`, with
   * `engine_away` when nobody answers; the next call then looks for the engine anew.
   */
  async call<T>(
    parts: CallParts,
    fn: (docker: Docker, signal: AbortSignal, ask: Ask) => Promise<T>,
  ): Promise<T> {
    const deadline = new AbortController()
    const timer = this.#parts.clock.timer(parts.ms, () =>
      deadline.abort(
        new RuntimeError(
          'timeout',
          `the engine did not ${parts.doing} within ${parts.ms} ms: its log may say why`,
        ),
      ),
    )
    const signal = parts.signal ? AbortSignal.any([parts.signal, deadline.signal]) : deadline.signal
    try {
      signal.throwIfAborted()
      const { docker, ask } = await this.connect()
      signal.throwIfAborted()
      return await fn(docker, signal, ask)
    } catch (error) {
      if (signal.aborted) throw signal.reason
      const known = toRuntimeError(parts.doing, error)
      if (known.reason === 'engine_away') this.#connection = undefined
      throw known
    } finally {
      timer.cancel()
    }
  }

  /** One call that a held request waits for. */
  ask(parts: CallParts, order: EngineOrder): Promise<unknown> {
    return this.call(parts, (_, signal, ask) => ask(order, signal))
  }

  /** Closes idle connections and what still streams. */
  close(): void {
    for (const asks of this.#asks.values()) asks.close()
    this.#asks.clear()
    this.#agent?.destroy()
    this.#agent = undefined
    this.#connection = undefined
  }

  async #open(): Promise<Connection> {
    const { address, apiVersion } = await findEngine(this.#parts)
    // Loaded late: the library takes 150 ms, which a gateway without containers need not spend.
    const { default: DockerClient } = await import('dockerode')
    // Kept when the engine comes back: what still streams over it shall not be cut by a reconnect.
    this.#agent ??= quietAgent(address)
    // The published types do not know `agent`; the library does.
    const options = { ...clientOptions(address), version: `v${apiVersion}`, agent: this.#agent }
    const docker = new DockerClient(options)
    const ask = this.#askOf(address, apiVersion) ?? libraryAsk(docker)
    return { docker, ask, address, apiVersion, ...(await lookAround(docker, this.#parts.clock)) }
  }

  /** Undefined where it is not reached over a socket. */
  #askOf(address: EngineAddress, apiVersion: string): Ask | undefined {
    if (address.k !== 'socket') return undefined
    const where = `${address.path} ${apiVersion}`
    const asks = this.#asks.get(where) ?? new SocketAsk(address.path, apiVersion)
    this.#asks.set(where, asks)
    return asks.ask
  }
}

/** Whether an engine answers: for `runtime: auto`. Never throws. */
export const engineAnswers = (parts: EngineParts): Promise<boolean> =>
  findEngine(parts).then(
    () => true,
    () => false,
  )

/** The first address that answers, with the API version to speak. Throws `engine_away`, naming all that were tried. */
export async function findEngine(parts: EngineParts): Promise<Found> {
  const tried: string[] = []
  for (const address of await engineAddresses(parts)) {
    try {
      return { address, apiVersion: negotiate(await ping(address, parts.clock)) }
    } catch (error) {
      if (error instanceof RuntimeError) throw error
      const { code, message } = error as { code?: string; message: string }
      tried.push(
        `${showAddress(address)} (${address.from}: ${code === 'EACCES' ? 'permission denied' : (code ?? message)})`,
      )
    }
  }
  throw new RuntimeError(
    'engine_away',
    `no Docker engine answers; tried ${tried.join(', ')}. Start it, or name it with docker.host or DOCKER_HOST`,
  )
}

/** The older of the engine's version and ours. Throws `refused` when the engine is too old. */
export function negotiate(theirs: string | undefined): string {
  const version = theirs ?? DOCKER_LIMITS.apiVersionMin
  if (isOlder(version, DOCKER_LIMITS.apiVersionMin)) {
    throw new RuntimeError(
      'refused',
      `the engine speaks API ${version}; coldfront needs ${DOCKER_LIMITS.apiVersionMin} (Docker 19.03) or later`,
    )
  }
  return isOlder(version, DOCKER_LIMITS.apiVersionMax) ? version : DOCKER_LIMITS.apiVersionMax
}

function isOlder(a: string, b: string): boolean {
  const [aMajor = 0, aMinor = 0] = a.split('.').map(Number)
  const [bMajor = 0, bMinor = 0] = b.split('.').map(Number)
  return aMajor !== bMajor ? aMajor < bMajor : aMinor < bMinor
}

/** GET /_ping, the one call that needs no version. Resolves with the engine's newest version. */
function ping(address: EngineAddress, clock: Clock): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const secure = address.k === 'tcp' && address.tls !== undefined
    const { protocol: _, ...where } = clientOptions(address)
    const options = { ...where, path: '/_ping', agent: false as const }
    const req = (secure ? tlsRequest : request)(options, (res) => {
      timer.cancel()
      res.resume()
      const version = res.headers['api-version']
      if (res.statusCode === 200) resolve(typeof version === 'string' ? version : undefined)
      else reject(new Error(`HTTP ${res.statusCode}`))
    })
    const timer = clock.timer(DOCKER_LIMITS.pingMs, () => req.destroy(new Error('no answer')))
    req.on('error', (error) => {
      timer.cancel()
      reject(error)
    })
    req.end()
  })
}

/** Every field is given, so that the client library takes none of them from the environment. */
function clientOptions(address: EngineAddress) {
  const none = { ca: undefined, cert: undefined, key: undefined }
  if (address.k === 'socket') {
    const unset = {
      host: undefined,
      port: undefined,
      protocol: 'http' as const,
      timeout: undefined,
    }
    return { socketPath: address.path, ...unset, ...none }
  }
  const { host, port, tls } = address
  const protocol: 'http' | 'https' = tls ? 'https' : 'http'
  return { socketPath: undefined, host, port, protocol, timeout: undefined, ...(tls ?? none) }
}

/**
 * A keep-alive agent that prints short. The client library formats its request options for a debug log on every
 * call, agent included, also when the log is off: 1.0 ms of CPU per call with a plain agent, 0.3 ms with this one.
 */
function quietAgent(address: EngineAddress): Agent {
  const secure = address.k === 'tcp' && address.tls !== undefined
  const agent = secure ? new TlsAgent({ keepAlive: true }) : new PlainAgent({ keepAlive: true })
  return Object.assign(agent, { [inspect.custom]: () => 'Agent' })
}

interface EngineInfo {
  readonly Architecture?: string
  readonly OperatingSystem?: string
  readonly SecurityOptions?: readonly string[]
}

/** One look at the engine. A filter in front of it may forbid the question: then the plain case is assumed. */
async function lookAround(
  docker: Docker,
  clock: Clock,
): Promise<Pick<Connection, 'secluded' | 'architecture'>> {
  const abort = new AbortController()
  const timer = clock.timer(DOCKER_LIMITS.infoMs, () => abort.abort())
  try {
    // The published types know no options here; the library does.
    const client = docker as unknown as {
      info(o: { abortSignal: AbortSignal }): Promise<EngineInfo>
    }
    const info = await client.info({ abortSignal: abort.signal })
    const rootless = info.SecurityOptions?.some((option) => option.includes('rootless')) ?? false
    const secluded = rootless || /docker desktop/i.test(info.OperatingSystem ?? '')
    return { secluded, architecture: info.Architecture }
  } catch (error) {
    if (statusOf(error) === 403) return { secluded: false, architecture: undefined }
    throw toRuntimeError('ask the engine what it is', error)
  } finally {
    timer.cancel()
  }
}
