/**
 * The composition root: the one file that knows every part. Builds them from one `Config` and wires them;
 * afterwards only `reload` and `close` change anything here.
 */

import { randomBytes } from 'node:crypto'
import { Activator } from './activator/activator.ts'
import { BUILT_DASHBOARD, DashboardFiles } from './admin/dashboard-files.ts'
import { LearntFile, readLearnt } from './admin/learnt-file.ts'
import { AdminServer } from './admin/server.ts'
import { GatewaySource } from './admin/source.ts'
import { type StateDir, openStateDir } from './admin/state-dir.ts'
import type { Config, ListenAddress } from './config/config.ts'
import { hostLimitsOf } from './config/host-limits.ts'
import { showAddress, unavailable } from './config/listener.ts'
import { ConfigWatch } from './config/watch.ts'
import { HttpContract } from './contract/http.ts'
import type { RuntimeName } from './domain/function.ts'
import { instanceId } from './domain/ids.ts'
import { LIMITS } from './domain/limits.ts'
import { changedFunctions } from './domain/rollout.ts'
import { type Clock, sleep } from './lib/clock.ts'
import { PatientClock } from './lib/patient-clock.ts'
import { ReverseProxy } from './proxy/reverse-proxy.ts'
import { explainRoute } from './proxy/route-explanation.ts'
import { Router } from './proxy/router.ts'
import { DockerRuntime } from './runtime/docker/runtime.ts'
import { ProcessRuntime } from './runtime/process/runtime.ts'
import { makeRunDir } from './runtime/run-dir.ts'
import type { Placer } from './runtime/runtime.ts'
import { StaticRuntime } from './runtime/static.ts'
import { RuntimeWatches } from './runtime/watches.ts'
import type { Subscriber } from './telemetry/events.ts'
import { Telemetry } from './telemetry/telemetry.ts'

/** What the gateway gets besides its configuration. */
export interface GatewayParts {
  readonly clock: Clock
  /** A subscriber; lines it had to drop are a metric. */
  readonly log: Subscriber & { readonly dropped: number }
  readonly version: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly homedir: string
  /** Reads the configuration again. Throws with every mistake. */
  readonly load: () => Promise<Config>
  /** Directory of the built dashboard; the package's own when it is left out. */
  readonly dashboard?: string
}

const fillRandom = (bytes: Uint8Array): void =>
  void crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>)

/** Beyond the drain, for runtimes to end what they run. */
const STOP_MS = 30_000

export class Gateway {
  readonly #parts: GatewayParts
  readonly #clock: PatientClock
  readonly #telemetry: Telemetry
  readonly #state: StateDir
  readonly #runtimes: Readonly<Record<RuntimeName, Placer>>
  readonly #watches: RuntimeWatches
  readonly #contract: HttpContract
  readonly #activator: Activator
  readonly #proxy: ReverseProxy
  readonly #admin: AdminServer
  readonly #files: ConfigWatch
  #config: Config
  #learnt: LearntFile | undefined
  #ready = false
  #closing: Promise<void> | undefined
  #addresses: { http: string; admin: string | undefined; socket: string }

  private constructor(config: Config, parts: GatewayParts) {
    const clock = new PatientClock(parts.clock, LIMITS.suspended, () => this.#watches.relist())
    this.#clock = clock
    this.#parts = parts
    this.#config = config
    const functions = () => this.#activator.gauges()
    const budget = () => this.#activator.budget()
    const runtimes = () => this.#watches.status()
    this.#telemetry = new Telemetry({ ...parts, clock, functions, budget, runtimes, fillRandom })
    this.#telemetry.apply(config)
    const { events } = this.#telemetry
    this.#state = openStateDir(config.stateDir)
    const { dir, owner, key, token, socket } = this.#state
    this.#addresses = { http: '', admin: undefined, socket }
    const runDir = makeRunDir(config.stateDir, parts.env)
    this.#runtimes = {
      docker: new DockerRuntime({
        clock,
        env: parts.env,
        events,
        key,
        owner,
        runDir,
        guarded: [config.stateDir],
        host: config.docker.host,
        home: parts.homedir,
        platform: process.platform,
      }),
      process: new ProcessRuntime({ clock, events, baseEnv: parts.env, runDir }),
      static: new StaticRuntime(),
    }
    this.#contract = new HttpContract(clock)
    this.#activator = new Activator({
      clock,
      events,
      contract: this.#contract,
      runtimes: this.#runtimes,
      limits: hostLimitsOf(config),
      lessons: readLearnt(dir),
      newId: (fn) => instanceId(`${fn.id}-${randomBytes(5).toString('hex')}`),
    })
    this.#watches = new RuntimeWatches({
      clock,
      events,
      owner,
      runtimes: this.#runtimes,
      stateDir: config.stateDir,
      inUse: () => this.#activator.specsInUse,
      sink: (name, fact) => this.#activator.fact(name, fact),
    })
    this.#proxy = new ReverseProxy({
      admission: this.#activator,
      contract: this.#contract,
      events,
      clock,
      fillRandom,
      router: new Router(config.functions),
      options: config,
    })
    this.#admin = new AdminServer({
      clock,
      token,
      hosts: config.admin.hosts,
      source: this.#source(),
      dashboard: new DashboardFiles(parts.dashboard ?? BUILT_DASHBOARD),
      fault: (error) => this.#notice(`admin: ${String(error)}`),
    })
    this.#files = new ConfigWatch({ clock, changed: () => void this.reload() })
  }

  /** Builds and starts everything. Rejects, with nothing left running, when an address or the state directory cannot be had. */
  static async start(config: Config, parts: GatewayParts): Promise<Gateway> {
    const gateway = new Gateway(config, parts)
    try {
      await gateway.#start()
      return gateway
    } catch (error) {
      await gateway.close()
      throw error
    }
  }

  /** Where it listens: `host:port` or `unix:/path`. */
  get addresses(): {
    readonly http: string
    readonly admin: string | undefined
    readonly socket: string
  } {
    return this.#addresses
  }

  /**
   * Reads the configuration again and applies it: what did not change keeps its instances and connections. A
   * mistake changes nothing; it is told as an event, and is what this resolves with.
   */
  async reload(): Promise<string | undefined> {
    try {
      this.#apply(await this.#parts.load())
      return undefined
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      this.#telemetry.events.emit({ k: 'reload_failed', at: this.#clock.wall(), message })
      return message
    }
  }

  #apply(config: Config): void {
    const before = this.#config
    const fixed = ['listen', 'admin', 'stateDir', 'docker'] as const
    for (const key of fixed)
      if (JSON.stringify(config[key]) !== JSON.stringify(before[key]))
        this.#notice(`a changed "${key}" takes effect at the next start`)
    this.#config = config
    this.#watches.cover(config.functions)
    this.#proxy.reconfigure({ router: new Router(config.functions), options: config })
    this.#activator.apply(config.functions, hostLimitsOf(config))
    this.#files.update(config.files)
    this.#telemetry.apply(config)
    const changed = changedFunctions(before.functions, config.functions)
    this.#telemetry.events.emit({
      k: 'reloaded',
      at: this.#clock.wall(),
      functions: config.functions.length,
      changed,
    })
  }

  /** Drains, then ends or leaves the instances as `shutdown.onExit` says. A second call gives the same promise. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #start(): Promise<void> {
    const { listen, admin } = this.#config
    // First of all, since the socket is the lock: one gateway per state directory.
    await this.#admin.listenUnix(this.#state.socket)
    this.#watches.cover(this.#config.functions)
    this.#activator.apply(this.#config.functions, hostLimitsOf(this.#config))
    const http = await this.#proxy
      .listen(listen.http)
      .catch((error: unknown) => unavailable(listen.http, 'listen.http', error))
    const adminAt = admin.listen && (await this.#listenAdmin(admin.listen))
    this.#addresses = {
      http: showAddress(http),
      admin: adminAt && showAddress(adminAt),
      socket: this.#state.socket,
    }
    this.#files.update(this.#config.files)
    const { dir } = this.#state
    const warn = (message: string): void => this.#notice(message)
    this.#learnt = new LearntFile({ dir, from: this.#activator, clock: this.#clock, warn })
    this.#ready = true
    this.#tellListening('http', this.#addresses.http)
    if (this.#addresses.admin) this.#tellListening('admin', this.#addresses.admin)
  }

  async #listenAdmin(address: ListenAddress): Promise<ListenAddress> {
    try {
      if (address.k === 'tcp') return { ...address, port: await this.#admin.listenTcp(address) }
      await this.#admin.listenUnix(address.path)
      return address
    } catch (error) {
      return unavailable(address, 'admin.listen', error)
    }
  }

  async #close(): Promise<void> {
    const clock = this.#clock
    const { drainDelayMs, drainTimeoutMs, onExit } = this.#config.shutdown
    const started = this.#ready
    this.#ready = false
    this.#files.close()
    if (started) {
      this.#telemetry.events.emit({
        k: 'closing',
        at: clock.wall(),
        message: `${this.#proxy.underWay} requests under way`,
      })
      await sleep(clock, drainDelayMs)
    }
    await this.#proxy.close({ graceMs: drainTimeoutMs })
    await this.#learnt?.close()
    // Child processes end with the gateway in any case; what an earlier process left ends, too.
    const leave = new Set<RuntimeName>(onExit === 'leave' ? ['docker'] : [])
    const known = Promise.resolve(started && this.#watches.heard())
    const ended = known.then(() => this.#activator.close(leave))
    await Promise.race([ended, sleep(clock, STOP_MS)])
    if (!leave.has('docker')) this.#watches.tellLeft()
    this.#watches.close()
    await Promise.all(Object.values(this.#runtimes).map((runtime) => runtime.close()))
    await this.#telemetry.close()
    clock.close()
    await this.#admin.close()
  }

  #source(): GatewaySource {
    return new GatewaySource({
      activator: this.#activator,
      metrics: (accept) => this.#telemetry.metrics.expose(accept),
      events: this.#telemetry.ring,
      output: this.#telemetry.output,
      requests: this.#telemetry.requests,
      recent: (fn) => this.#telemetry.metrics.recent(fn),
      memory: () => this.#watches.memory(),
      clock: this.#clock,
      runtimes: () => this.#watches.status(),
      ready: () => this.#ready,
      explain: (host, path) => explainRoute(this.#config.functions, host, path),
      reload: () => this.reload(),
      about: {
        version: this.#parts.version,
        startedAt: this.#clock.wall(),
        config: this.#config.file,
      },
    })
  }

  #tellListening(what: string, address: string): void {
    this.#telemetry.events.emit({ k: 'listening', at: this.#clock.wall(), what, address })
  }

  #notice(message: string): void {
    this.#telemetry.events.emit({ k: 'notice', at: this.#clock.wall(), level: 'warn', message })
  }
}
