/** What all pools share: start permits, the room for instances, the total of waiters, what is learnt. */

import type { Clock } from '../lib/clock.ts'
import type { FunctionId } from '../domain/ids.ts'
import type { Lesson } from '../domain/lesson.ts'
import { Budget, type BudgetLimits } from './budget.ts'
import { Lessons } from './lessons.ts'
import { StartPermits } from './permits.ts'

export interface HostLimits extends BudgetLimits {
  /** Starts out at once. */
  readonly startsConcurrent: number
  /** Waiters of all functions together. */
  readonly waitersTotal: number
}

export class Host {
  readonly permits: StartPermits
  readonly budget: Budget
  readonly lessons: Lessons
  #limits: HostLimits
  #waiting = 0

  constructor(limits: HostLimits, clock: Clock, earlier?: ReadonlyMap<FunctionId, Lesson>) {
    this.#limits = limits
    this.lessons = new Lessons(earlier)
    this.budget = new Budget(limits, clock)
    this.permits = new StartPermits(limits.startsConcurrent, () => this.budget.retry())
  }

  /** Applies new limits; what is out already stays out. */
  reconfigure(limits: HostLimits): void {
    this.permits.resize(limits.startsConcurrent - this.#limits.startsConcurrent)
    this.#limits = limits
    this.budget.reconfigure(limits)
  }

  get isHoldingFull(): boolean {
    return this.#waiting >= this.#limits.waitersTotal
  }

  waiting(by: number): void {
    this.#waiting += by
  }
}
