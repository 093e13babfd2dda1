/** Why instances end, in words: what set the end going counts, not the event that completed it. */

import type { InstanceId } from '../domain/ids.ts'
import type { EventName, State } from '../domain/state.ts'

const WORDS: Readonly<Partial<Record<EventName, string>>> = {
  IdleExpired: 'idle',
  SleepExpired: 'idle',
  DrainRequested: 'no longer wanted',
  Evicted: 'to make room',
  ProbeFailed: 'not ready',
  ProbeExpired: 'not ready in time',
  FrozenOutside: 'frozen from outside',
  ResumeFailed: 'not resumed',
  ResumeExpired: 'not resumed in time',
  PauseFailed: 'lost while pausing',
  PauseExpired: 'lost while pausing',
  Exited: 'exited',
  Removed: 'removed from outside',
}

/** The end is under way. */
const ENDING: ReadonlySet<State> = new Set(['draining', 'stopping'])

export class Endings {
  readonly #causes = new Map<InstanceId, EventName>()

  /** The instance went to `to`. Returns why it ended when this was the last step of it. */
  moved(instance: InstanceId, to: State, event: EventName): string | undefined {
    const cause = this.#causes.get(instance) ?? event
    if (ENDING.has(to)) {
      this.#causes.set(instance, cause)
      return undefined
    }
    this.#causes.delete(instance)
    return to === 'stopped' || to === 'dormant' ? (WORDS[cause] ?? cause) : undefined
  }
}
