/** The events of late as numbered lines of JSON, for the event stream. What functions print is not among them. */

import { LIMITS } from '../domain/limits.ts'
import type { GatewayEvent, LifeEvent, Subscriber, TelemetryEvent } from './events.ts'
import { LiveRing, type ReadFrom, type Reading } from './live-ring.ts'
import { shorten } from './plain-text.ts'

/** An event as it is told outside. */
export interface NumberedEvent {
  readonly kind: (LifeEvent | GatewayEvent)['k']
  readonly id: string
  /** JSON. */
  readonly text: string
}

export class EventRing implements Subscriber {
  readonly #ring: LiveRing
  readonly #told: (event: NumberedEvent) => void

  /**
   * `startedAt`, wall clock in ms, tells the ids of this process from those of another. `told` hears of each event at
   * once.
   */
  constructor(startedAt: number, told: (event: NumberedEvent) => void = () => undefined) {
    this.#told = told
    this.#ring = new LiveRing(startedAt.toString(36), {
      countMax: LIMITS.eventsKeptMax,
      sizeMax: LIMITS.eventsKeptChars,
    })
  }

  /** Events that readers missed because they were slow. */
  get lost(): number {
    return this.#ring.lost
  }

  event(e: TelemetryEvent): void {
    if (e.k === 'output') return
    const piece = this.#ring.push('fn' in e ? e.fn : '', (id) => eventText(e, id))
    this.#told({ kind: e.k, ...piece })
  }

  /** `topic` is a function: without those of the gateway as a whole. */
  read(from: ReadFrom): Reading {
    return this.#ring.read(from)
  }
}

/** Bounded whatever the event holds; the output that goes with a failure is left out, for it may hold secrets. */
const eventText = (e: LifeEvent | GatewayEvent, id: number): string =>
  JSON.stringify({ id, ...e }, (key, value: unknown) => {
    if (key === 'log') return undefined
    if (typeof value === 'string') return shorten(value)
    return Array.isArray(value) && value.length > LIMITS.eventListMax
      ? value.slice(0, LIMITS.eventListMax)
      : value
  })
