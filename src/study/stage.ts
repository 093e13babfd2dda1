/** Where trials take place: a gateway with a function for each combination, what stamps its calls, and the floors. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Options } from '../config/function-text.ts'
import type { FunctionStatus } from '../domain/status.ts'
import { type Clock, sleep } from '../lib/clock.ts'
import { type Asked, ask } from './asking.ts'
import { ContainerFloor } from './container-floor.ts'
import { EngineCalls } from './engine-calls.ts'
import type { Engine } from './engine.ts'
import type { Tier } from './factor.ts'
import { type Floor, NoFloor } from './floor.ts'
import { GatewayChild } from './gateway-child.ts'
import { machineNow } from './machine-time.ts'
import { dropPageCache } from './page-cache.ts'
import type { Cell, Plan } from './plan.ts'
import { ProcessCalls } from './process-calls.ts'
import { ProcessFloor } from './process-floor.ts'
import type { Measured } from './sample.ts'
import type { CallSource } from './stamped-call.ts'

export interface StageParts {
  readonly clock: Clock
  readonly plan: Plan
  /** Those that can be measured here. */
  readonly cells: readonly Cell[]
  readonly engine: Engine | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly program: readonly [string, ...string[]]
}

/** Sleeps only when told to, and then keeps what it has. */
const KEEPING = { pauseAfter: '1h', stopAfter: '1h', removeAfter: '1h' }
/** What is stopped is removed at once. */
const FORGETTING = { pauseAfter: 'never', stopAfter: 'never', removeAfter: '0s' }

export class Stage {
  readonly #parts: StageParts
  readonly #stack: AsyncDisposableStack
  readonly #gateway: GatewayChild
  readonly #processes: ProcessCalls
  readonly #containers: EngineCalls | undefined
  /** The functions' names in the gateway. */
  readonly #names: ReadonlyMap<Cell, string>
  readonly #floors = new Map<string, Floor>()

  private constructor(
    parts: StageParts,
    rest: {
      stack: AsyncDisposableStack
      gateway: GatewayChild
      processes: ProcessCalls
      containers: EngineCalls | undefined
      names: ReadonlyMap<Cell, string>
    },
  ) {
    this.#parts = parts
    this.#stack = rest.stack
    this.#gateway = rest.gateway
    this.#processes = rest.processes
    this.#containers = rest.containers
    this.#names = rest.names
  }

  /** Rejects, with nothing left running, when the gateway does not start. */
  static async open(parts: StageParts): Promise<Stage> {
    await using stack = new AsyncDisposableStack()
    const { cells, engine, plan, program, env, clock } = parts
    const dir = await mkdtemp(join(tmpdir(), 'cf-study-'))
    stack.defer(() => rm(dir, { recursive: true, force: true }))
    const processes = new ProcessCalls(join(dir, 'calls'))
    const containers =
      engine && (await EngineCalls.listen(join(dir, 'engine.sock'), engine.socketPath, stack))
    const { functions, names } = functionsOf(cells, plan.dir)
    const file = {
      runtime: containers ? 'auto' : 'process',
      ...(containers ? { docker: { host: `unix://${containers.path}` } } : {}),
      functions,
    }
    const [node, ...args] = program
    const stamped = [node, ...processes.nodeArgs(true), ...args] as const
    const gateway = await GatewayChild.start({ clock, dir, program: stamped, env, file }, stack)
    return new Stage(parts, { stack: stack.move(), gateway, processes, containers, names })
  }

  /** One trial through the gateway. Rejects when the function cannot be put to sleep or does not answer. */
  async wake(cell: Cell): Promise<Measured> {
    const { clock, plan } = this.#parts
    const name = this.#names.get(cell) ?? ''
    await this.#putToSleep(cell, name)
    await this.#settled(cell)
    const place = { host: '127.0.0.1', port: this.#gateway.port }
    const { path, timeout } = plan.request
    const asked: Asked = { clock, place, host: `${name}.localhost`, path, limitMs: timeout }
    const calls = this.#callsOf(cell)
    calls.clear()
    const from = machineNow()
    const answers = await ask(asked, cell.burst)
    return { answers, calls: ofFunction(calls.since(from), cell) }
  }

  /** The same trial without the gateway. Rejects with `NoFloor` where there is none. */
  async floor(cell: Cell): Promise<Measured> {
    const floor = this.#floorOf(cell)
    await floor.putToSleep(cell.tier)
    await this.#settled(cell)
    const { answer, calls } = await floor.wake(cell.tier)
    return { answers: [answer], calls }
  }

  /** Ends the gateway, what it runs, and the floors. */
  async close(): Promise<void> {
    for (const floor of this.#floors.values()) await floor.close()
    await this.#stack.disposeAsync()
  }

  async #settled({ pageCache }: Cell): Promise<void> {
    await sleep(this.#parts.clock, this.#parts.plan.settle)
    if (pageCache === 'dropped') await dropPageCache()
  }

  async #putToSleep(cell: Cell, name: string): Promise<void> {
    const gateway = this.#gateway
    const { tier } = cell
    const { condition, instances } = await gateway.status(name)
    const isKept = instances.some(({ state }) => state === 'dormant')
    // What it never was it has to become first.
    const isThere =
      tier === 'new' ||
      condition === 'ready' ||
      (tier === 'paused' && condition === 'paused') ||
      (tier === 'stopped' && isKept)
    if (!isThere) {
      await gateway.order(name, 'wake')
      await gateway.becomes(name, 'ready', (status) => status.condition === 'ready')
    }
    if (tier === 'paused') await gateway.order(name, 'pause')
    if (tier === 'new' || tier === 'stopped') await gateway.order(name, 'stop')
    await gateway.becomes(name, tier, (status) => isAsleep(status, tier, aheadOf(cell)))
  }

  #callsOf({ fn }: Cell): CallSource {
    return fn.runtime === 'docker' && this.#containers ? this.#containers : this.#processes
  }

  /** One for all combinations that ask the same function. */
  #floorOf(cell: Cell): Floor {
    const id = JSON.stringify(cell.options)
    const known = this.#floors.get(id) ?? this.#makeFloor(cell)
    this.#floors.set(id, known)
    return known
  }

  #makeFloor(cell: Cell): Floor {
    const { clock, plan, env } = this.#parts
    const { path, timeout: limitMs } = plan.request
    const { spec } = cell.fn
    if (spec.k === 'command') return new ProcessFloor({ clock, spec, env, path, limitMs })
    const name = this.#names.get(cell) ?? ''
    const body = this.#containers?.lastCreated(name)
    const sandbox = this.#containers?.lastSandbox(name)
    if (spec.k !== 'image' || !this.#containers || !body || spec.listening.k === 'socket')
      throw new NoFloor('a wake of this kind of function cannot be repeated without the gateway')
    const { port } = spec.listening
    const bodies = { body, sandbox }
    return new ContainerFloor({ clock, calls: this.#containers, port, path, limitMs, ...bodies })
  }
}

/** Of spawned programs only the function's own; a gateway may start others. */
function ofFunction(calls: ReturnType<CallSource['since']>, { fn: { spec } }: Cell): typeof calls {
  if (spec.k !== 'command') return calls
  return calls.filter(({ call, what }) => call !== 'spawn' || what === spec.command.at(-1))
}

/** As the function itself keeps them ahead of requests. */
interface Ahead {
  readonly spare: number
  readonly prepared: number
}

const aheadOf = ({ fn: { instances } }: Cell): Ahead => instances

function isAsleep({ instances }: FunctionStatus, tier: Tier, { spare, prepared }: Ahead): boolean {
  const count = (state: string): number =>
    instances.filter((instance) => instance.state === state).length
  const paused = count('paused')
  const dormant = count('dormant')
  const isAhead = paused >= spare && (paused > 0 || dormant >= prepared)
  if (tier === 'running') return count('ready') > 0
  if (paused + dormant < instances.length || !isAhead) return false
  if (tier === 'paused') return paused > 0
  if (tier === 'stopped') return dormant > 0
  return paused + dormant <= spare + prepared
}

/** A function for each set of options, and another one where what is stopped is to be removed. */
function functionsOf(
  cells: readonly Cell[],
  dir: string,
): { functions: Record<string, Options>; names: Map<Cell, string> } {
  const known = new Map<string, string>()
  const functions: Record<string, Options> = {}
  const names = new Map<Cell, string>()
  for (const cell of cells) {
    const text = JSON.stringify(cell.options)
    const number = known.get(text) ?? String(known.size + 1)
    known.set(text, number)
    const name = `study-${number}-${cell.tier === 'new' ? 'new' : 'kept'}`
    names.set(cell, name)
    functions[name] = {
      ...placed(cell, dir),
      hosts: [`${name}.localhost`],
      ...(cell.fn.runtime === 'static' ? {} : { idle: idleOf(cell) }),
    }
  }
  return { functions, names }
}

/** A spare has to be paused at once, or a wake would find it running. */
function idleOf({ tier, fn: { instances } }: Cell): Options {
  if (tier !== 'new') return KEEPING
  return instances.spare > 0 ? { ...FORGETTING, pauseAfter: '0s' } : FORGETTING
}

/** Relative paths count from the plan's file, and the gateway's file lies elsewhere. */
function placed({ options, fn: { spec } }: Cell, dir: string): Options {
  if (spec.k === 'command') return { ...options, workdir: spec.workdir }
  const { volumes } = options
  if (!Array.isArray(volumes)) return options
  return {
    ...options,
    volumes: volumes.map((text) => String(text).replace(/^\.[^:]*/, (path) => resolve(dir, path))),
  }
}
