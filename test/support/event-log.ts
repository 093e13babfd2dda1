/**
 * Everything a gateway tells, kept in order, with waits for what is to come. A wait takes the first event of its
 * function after the one that the wait before took, so that a sequence of waits is a sequence of events.
 */

import type { RequestRecord, Subscriber, TelemetryEvent } from '../../src/telemetry/events.ts'

export type Kind = TelemetryEvent['k']
export type EventOf<K extends Kind> = Extract<TelemetryEvent, { k: K }>

/** Generous: the machine may be busy, and a test that waits for nothing fails only once. */
export const PATIENCE_MS = 30_000

/** Of the events in the message of a wait that came to nothing. */
const TOLD_MAX = 25

export class EventLog implements Subscriber {
  readonly dropped = 0
  readonly events: TelemetryEvent[] = []
  readonly requests: RequestRecord[] = []
  readonly #cursors = new Map<string, number>()
  #watchers: (() => void)[] = []

  event(event: TelemetryEvent): void {
    this.events.push(event)
    this.#tell()
  }

  request(record: RequestRecord): void {
    this.requests.push({ ...record })
    this.#tell()
  }

  /** Events of a kind so far, of one function if named. */
  all<K extends Kind>(kind: K, fn?: string): EventOf<K>[] {
    return this.events.filter(
      (event): event is EventOf<K> => event.k === kind && (fn === undefined || fnOf(event) === fn),
    )
  }

  /** The next event of this kind; of the gateway as a whole where `fn` is empty. */
  async until<K extends Kind>(
    kind: K,
    fn: string,
    is: (event: EventOf<K>) => boolean = () => true,
  ): Promise<EventOf<K>> {
    let found = -1
    await this.when(`${kind} of ${fn || 'the gateway'}`, () => {
      const from = this.#cursors.get(fn) ?? 0
      found = this.events.findIndex(
        (event, i) =>
          i >= from && event.k === kind && fnOf(event) === fn && is(event as EventOf<K>),
      )
      return found >= 0
    })
    this.#cursors.set(fn, found + 1)
    return this.events[found] as EventOf<K>
  }

  /** Resolves when `count` requests of a function are over, with their records. */
  async finished(fn: string, count: number): Promise<readonly RequestRecord[]> {
    const records = () => this.requests.filter((record) => record.fn === fn)
    await this.when(`${count} requests of ${fn} to be over`, () => records().length >= count)
    return records()
  }

  /** Resolves as soon as `isTrue` after an event; rejects with what was seen instead. */
  when(what: string, isTrue: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`waited for ${what}; seen:\n${this.#told()}`)),
        PATIENCE_MS,
      )
      const look = (): void => {
        if (!isTrue()) return void this.#watchers.push(look)
        clearTimeout(timer)
        resolve()
      }
      look()
    })
  }

  #tell(): void {
    for (const look of this.#watchers.splice(0)) look()
  }

  #told(): string {
    return this.events
      .filter(({ k }) => k !== 'output')
      .slice(-TOLD_MAX)
      .map((event) => JSON.stringify(event))
      .join('\n')
  }
}

const fnOf = (event: TelemetryEvent): string => ('fn' in event ? event.fn : '')
