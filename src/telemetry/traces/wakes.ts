/**
 * Wakes as spans: each is a trace of its own, whoever waited for it, and the requests that did are linked to it. All
 * wakes are told, since there are few of them and they are what one wants to see.
 */

import type { WakePhases } from '../../domain/admission.ts'
import type { FunctionId, InstanceId } from '../../domain/ids.ts'
import { LIMITS } from '../../domain/limits.ts'
import type { LifeEvent, RequestRecord } from '../events.ts'
import type { Span, SpanRef } from './span.ts'

type Event<K extends LifeEvent['k']> = Extract<LifeEvent, { readonly k: K }>

/** A part of a wake. */
export interface Lap {
  readonly phase: keyof WakePhases
  readonly start: number
  readonly end: number
}

/** A wake that ended in ready. */
export interface Woken {
  readonly span: SpanRef
  /** Wall-clock ms. */
  readonly readyAt: number
}

/** A wake that is under way, or came to nothing. */
interface Rising {
  readonly fn: FunctionId
  readonly span: SpanRef
  readonly name: string
  readonly start: number
  probedFrom: number | undefined
  end: number
}

export interface WakesParts {
  readonly newTrace: () => SpanRef
  readonly newId: () => string
  readonly push: (span: Span) => void
}

/** The parts of a cold start, in order. */
const COLD = ['queued_start', 'pull', 'create', 'start', 'probe'] as const

/** When the phases were, which ended at `readyAt`; those that took no time are left out. */
export function lapsOf(phases: WakePhases, readyAt: number): readonly Lap[] {
  const order = phases.resume > 0 ? (['resume'] as const) : COLD
  const laps: Lap[] = []
  let end = readyAt
  for (const phase of order.toReversed()) {
    const start = end - phases[phase]
    if (end > start) laps.unshift({ phase, start, end })
    end = start
  }
  return laps
}

export class Wakes {
  readonly #parts: WakesParts
  readonly #rising = new Map<InstanceId, Rising>()
  /** By the one object that all who waited for a wake were given. */
  readonly #woken = new WeakMap<WakePhases, Woken>()

  constructor(parts: WakesParts) {
    this.#parts = parts
  }

  /** What the request waited for. */
  of({ wake }: RequestRecord): Woken | undefined {
    return wake && this.#woken.get(wake)
  }

  /** The wake that was under way when a request was refused. */
  failedFor({ fn, at }: RequestRecord): SpanRef | undefined {
    let last: Rising | undefined
    for (const rising of this.#rising.values())
      if (rising.fn === fn && rising.end >= at) last = rising
    return last?.span
  }

  moved({ at, fn, instance, to }: Event<'state'>): void {
    const rising = this.#rising.get(instance)
    if (to === 'starting' || to === 'resuming') {
      const name = `${to === 'starting' ? 'cold start' : 'resume'} ${fn}`
      const span = this.#parts.newTrace()
      this.#keep(instance, { fn, span, name, start: at, probedFrom: undefined, end: Infinity })
    } else if (!rising) return
    else if (to === 'probing') rising.probedFrom = at
    // Why it failed is told before this or after it.
    else if (to !== 'ready') rising.end = at
  }

  ready({ at, fn, instance, by, phases, totalMs }: Event<'ready'>): void {
    const { newTrace, push } = this.#parts
    const span = this.#rising.get(instance)?.span ?? newTrace()
    this.#rising.delete(instance)
    this.#woken.set(phases, { span, readyAt: at })
    const name = `${by === 'cold' ? 'cold start' : 'resume'} ${fn}`
    const attributes = { 'coldfront.function': fn, 'coldfront.instance': instance }
    const root = { parentId: undefined, name, kind: 'internal' as const, attributes }
    push({ ...span, ...root, start: at - totalMs, end: at })
    for (const { phase, start, end } of lapsOf(phases, at)) {
      const slack =
        phase === 'probe' ? { 'coldfront.probe_slack_ms': phases.probe_slack } : undefined
      this.#child(span, { name: phase, start, end, ...(slack && { attributes: slack }) })
    }
  }

  failed({ at, instance, fn, reason }: Event<'failed'>): void {
    const rising = instance && this.#rising.get(instance)
    if (!rising || !instance) return
    const { span, name, start, probedFrom } = rising
    rising.end = at
    const attributes = {
      'coldfront.function': fn,
      'coldfront.instance': instance,
      'error.type': reason,
    }
    const root = { parentId: undefined, name, kind: 'internal' as const, attributes, failed: true }
    this.#parts.push({ ...span, ...root, start, end: at })
    if (!name.startsWith('cold')) return
    this.#child(span, { name: 'start', start, end: probedFrom ?? at })
    if (probedFrom !== undefined) this.#child(span, { name: 'probe', start: probedFrom, end: at })
  }

  #child(parent: SpanRef, about: Pick<Span, 'name' | 'start' | 'end' | 'attributes'>): void {
    const { newId, push } = this.#parts
    const { traceId, spanId: parentId } = parent
    push({ traceId, spanId: newId(), parentId, kind: 'internal', ...about })
  }

  /** The oldest goes when there are too many: instances that ended without a word. */
  #keep(instance: InstanceId, rising: Rising): void {
    this.#rising.delete(instance)
    this.#rising.set(instance, rising)
    if (this.#rising.size <= LIMITS.traceWakesMax) return
    for (const oldest of this.#rising.keys()) return void this.#rising.delete(oldest)
  }
}
