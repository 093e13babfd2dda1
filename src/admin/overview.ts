/**
 * Everything that a dashboard shows, and of that only what has changed since the reader looked last. Made when somebody
 * asks, once for all who ask at the same time: nobody looks, and it costs nothing.
 */

import type { FunctionId } from '../domain/ids.ts'
import { LIMITS } from '../domain/limits.ts'
import type { FunctionStatus, InstanceStatus } from '../domain/status.ts'
import type { Clock } from '../lib/clock.ts'
import type { FunctionActivity, RecentRequests } from '../telemetry/recent-requests.ts'
import type { MemoryLook } from './memory-look.ts'
import type { GatewayStatus } from './status.ts'

/** Times are wall clock in ms, to the second: what only grows older has not changed. */
export interface InstanceRow extends Omit<InstanceStatus, 'ageMs' | 'lastUsedMs'> {
  readonly bornAt: number
  readonly usedAt: number | undefined
}

export interface FunctionRow extends Omit<FunctionStatus, 'instances' | 'backoffMs'> {
  readonly instances: readonly InstanceRow[]
  /** When the next start may be tried; undefined when it may be now. */
  readonly retryAt: number | undefined
  /** Undefined before the first request. */
  readonly activity: FunctionActivity | undefined
}

/** The answer of `/api/v1/overview`. */
export interface OverviewAnswer extends Omit<GatewayStatus, 'functions'> {
  /** To be given as `since` the next time. */
  readonly revision: string
  /** Wall clock of the gateway in ms. */
  readonly at: number
  /** Whether the caller has shown the token: it may order things and read logs. */
  readonly full: boolean
  readonly slotMs: number
  /** All functions there are, in the order of the file. */
  readonly ids: readonly FunctionId[]
  /** Those that changed. */
  readonly changed: readonly FunctionRow[]
}

export interface OverviewParts {
  readonly clock: Clock
  readonly status: () => GatewayStatus
  /** What a function did lately; undefined before its first request. */
  readonly recent: (fn: FunctionId) => Pick<RecentRequests, 'stamp' | 'activity'> | undefined
  readonly memory: Pick<MemoryLook, 'of' | 'refresh'>
}

interface Kept {
  readonly text: string
  readonly row: FunctionRow
  readonly revision: number
}

export class Overview {
  readonly #parts: OverviewParts
  /** Tells the revisions of this process from those of another. */
  readonly #origin: string
  #rows: ReadonlyMap<FunctionId, Kept> = new Map()
  #whole: Omit<GatewayStatus, 'functions'> | undefined
  #revision = 0
  #lookedAt = -Infinity

  constructor(parts: OverviewParts) {
    this.#parts = parts
    this.#origin = parts.clock.wall().toString(36)
  }

  /** What has changed after `since`; everything for another or no revision. */
  since(since: string | undefined, full: boolean): OverviewAnswer {
    const whole = this.#look()
    const [origin, number = ''] = (since ?? '').split('-')
    const after = origin === this.#origin && /^\d{1,15}$/.test(number) ? Number(number) : -1
    const changed = [...this.#rows.values()].filter(({ revision }) => revision > after)
    return {
      ...whole,
      revision: `${this.#origin}-${this.#revision}`,
      at: this.#parts.clock.wall(),
      full,
      slotMs: LIMITS.activitySlotMs,
      ids: [...this.#rows.keys()],
      changed: changed.map(({ row }) => row),
    }
  }

  #look(): Omit<GatewayStatus, 'functions'> {
    const now = this.#parts.clock.now()
    if (this.#whole && now - this.#lookedAt < LIMITS.overviewMs) return this.#whole
    this.#lookedAt = now
    this.#parts.memory.refresh()
    const { functions, ...whole } = this.#parts.status()
    this.#whole = whole
    const at = this.#parts.clock.wall()
    const next = this.#revision + 1
    const rows = new Map<FunctionId, Kept>()
    for (const status of functions) {
      const recent = this.#parts.recent(status.id)
      const row = this.#row(status, at)
      // Curves are long: they are made of those alone that did something.
      const text = `${recent?.stamp(at)} ${JSON.stringify(row)}`
      const known = this.#rows.get(status.id)
      if (known?.text === text) {
        rows.set(status.id, known)
        continue
      }
      this.#revision = next
      rows.set(status.id, { text, row: { ...row, activity: recent?.activity(at) }, revision: next })
    }
    this.#rows = rows
    return whole
  }

  /** Listed one by one: where what is left of a status is copied, a look at a thousand takes 3.1 ms instead of 1.9. */
  #row(fn: FunctionStatus, at: number): Omit<FunctionRow, 'activity'> {
    const { id, runtime, revision, hosts, condition, inFlight, waiters } = fn
    const { lastWake, lastError, pauseTier, windows, warmUntil, problem, backoffMs } = fn
    return {
      id,
      runtime,
      revision,
      hosts,
      condition,
      instances: fn.instances.map((instance) => this.#instance(instance, at)),
      inFlight,
      waiters,
      lastWake,
      lastError,
      pauseTier,
      windows,
      warmUntil,
      problem,
      retryAt: backoffMs > 0 ? toSecond(at + backoffMs) : undefined,
    }
  }

  #instance(instance: InstanceStatus, at: number): InstanceRow {
    const { id, state, revision, inFlight, endpoint, run, ageMs, lastUsedMs } = instance
    return {
      id,
      state,
      revision,
      inFlight,
      endpoint,
      run,
      bornAt: toSecond(at - ageMs),
      usedAt: lastUsedMs === undefined ? undefined : toSecond(at - lastUsedMs),
      memoryBytes: this.#parts.memory.of(id),
    }
  }
}

const toSecond = (ms: number): number => Math.round(ms / 1_000) * 1_000
