/** What functions have taught, handed over when the process ends and taken up by the next one: as long as it still holds. */

import type { FunctionId, RevisionId } from '../domain/ids.ts'
import type { Lesson } from '../domain/lesson.ts'
import type { WakeHistory } from '../telemetry/wake-history.ts'
import type { Habit } from './habit.ts'

/** A function that is learnt about. */
export interface Pupil {
  readonly record: {
    readonly fn: FunctionId
    readonly revision: RevisionId
    readonly history: WakeHistory
  }
  readonly habit: Habit
}

export class Lessons {
  readonly #earlier: Map<FunctionId, Lesson>
  readonly #pupils = new Map<FunctionId, Pupil>()

  /** Of an earlier process. */
  constructor(earlier: ReadonlyMap<FunctionId, Lesson> = new Map()) {
    this.#earlier = new Map(earlier)
  }

  /** Takes up what an earlier process learnt; once, so that a function which is declared anew begins anew. */
  begin(pupil: Pupil): void {
    const { record, habit } = pupil
    this.#pupils.set(record.fn, pupil)
    const lesson = this.#earlier.get(record.fn)
    this.#earlier.delete(record.fn)
    if (!lesson) return
    if (lesson.revision === record.revision) record.history.restore(lesson)
    habit.recall(lesson.idle)
  }

  end(pupil: Pupil): void {
    // The name may be another's by now.
    if (this.#pupils.get(pupil.record.fn) === pupil) this.#pupils.delete(pupil.record.fn)
  }

  /** Of every function that has taught something. */
  *all(): Generator<readonly [FunctionId, Lesson]> {
    for (const [fn, { record, habit }] of this.#pupils) {
      const { cold, resumed } = record.history.values
      const { learnt } = habit
      if (cold.length + resumed.length === 0 && !learnt) continue
      yield [fn, { revision: record.revision, cold, resumed, ...(learnt && { idle: learnt }) }]
    }
  }
}
