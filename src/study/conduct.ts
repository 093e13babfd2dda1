/** Carries a plan out: warm-ups, then repetition after repetition in an order of chance, each trial kept as it comes. */

import type { Clock } from '../lib/clock.ts'
import { orderOf } from './combination.ts'
import { loadNow } from './environment.ts'
import { NoFloor } from './floor.ts'
import type { Journal } from './journal.ts'
import type { Cell, Plan } from './plan.ts'
import { type Measured, type Trial, type Way, sampleOf } from './sample.ts'
import { trialName } from './journal.ts'

/** What trials are carried out on. */
export interface Scene {
  wake(cell: Cell): Promise<Measured>
  floor(cell: Cell): Promise<Measured>
}

/** How far it is. */
export interface Progress {
  readonly done: number
  readonly all: number
  /** Undefined before the first trial that counts. */
  readonly leftMs: number | undefined
  /** What goes on. */
  readonly step: string
}

export interface ConductParts {
  readonly clock: Clock
  readonly plan: Plan
  readonly cells: readonly Cell[]
  readonly scene: Scene
  readonly journal: Journal
  /** Ends it between two trials. */
  readonly signal: AbortSignal
  readonly tell: (progress: Progress) => void
}

export interface Conducted {
  readonly why: 'all' | 'limit' | 'interrupted'
  readonly noFloor: Readonly<Record<string, string>>
}

/** Failures of one combination after which it is no longer tried. */
const FAILURES_MAX = 3

interface Step {
  readonly cell: Cell
  readonly way: Way
}

export class Conduct {
  readonly #parts: ConductParts
  readonly #noFloor: Record<string, string> = {}
  readonly #failures = new Map<string, number>()
  #measured = 0
  #began = 0

  constructor(parts: ConductParts) {
    this.#parts = parts
    for (const { key } of parts.journal.failures) this.#count(key)
  }

  async run(): Promise<Conducted> {
    const { plan, journal, signal, clock } = this.#parts
    const done = new Set(journal.done)
    const repetitions = Array.from({ length: plan.repetitions }, (_, i) => i)
    const open = repetitions.filter((repetition) => this.#left(repetition, done).length > 0)
    const ended = (why: Conducted['why']): Conducted => ({ why, noFloor: this.#noFloor })
    const since = clock.now()
    if (open.length > 0) await this.#warmUp()
    this.#began = clock.now()
    for (const repetition of open) {
      if (clock.now() - since > plan.limit) return ended('limit')
      const left = this.#left(repetition, done)
      for (const [i, step] of left.entries()) {
        if (signal.aborted) return ended('interrupted')
        this.#tell(step, { repetition, left: left.length - i, since })
        await this.#trial(step, { repetition, order: i })
      }
    }
    return ended(signal.aborted ? 'interrupted' : 'all')
  }

  /** The gateway's first: its requests to the engine are what a floor repeats. */
  async #warmUp(): Promise<void> {
    const { plan, cells, scene, signal, tell } = this.#parts
    const all = plan.repetitions * this.#stepsOf().length
    for (let round = 0; round < Math.max(1, plan.warmups); round += 1) {
      for (const way of ['gateway', 'floor'] as const) {
        for (const cell of cells) {
          if (signal.aborted || (way === 'floor' && !this.#hasFloor(cell))) continue
          tell({ done: 0, all, leftMs: undefined, step: `warming up: ${cell.key}` })
          try {
            await (way === 'gateway' ? scene.wake(cell) : scene.floor(cell))
          } catch (error) {
            // A failure that lasts is met again by the trials, and kept there.
            if (way === 'floor') this.#noFloor[cell.key] = reasonOf(error)
          }
        }
      }
    }
  }

  #hasFloor({ key }: Cell): boolean {
    return this.#parts.plan.floor && this.#noFloor[key] === undefined
  }

  #stepsOf(): readonly Step[] {
    return this.#parts.cells.flatMap((cell) => {
      const steps: Step[] = [{ cell, way: 'gateway' }]
      if (this.#hasFloor(cell)) steps.push({ cell, way: 'floor' })
      return steps
    })
  }

  #left(repetition: number, done: ReadonlySet<string>): readonly Step[] {
    const { seed } = this.#parts.plan
    return orderOf(this.#stepsOf(), { seed, repetition }).filter(
      ({ cell, way }) => !done.has(trialName({ repetition, way, key: cell.key })),
    )
  }

  async #trial(
    { cell, way }: Step,
    { repetition, order }: { repetition: number; order: number },
  ): Promise<void> {
    const { scene, journal, clock } = this.#parts
    const trial: Trial = { repetition, way, key: cell.key }
    this.#measured += 1
    if ((this.#failures.get(cell.key) ?? 0) >= FAILURES_MAX) return
    try {
      const measured = await (way === 'gateway' ? scene.wake(cell) : scene.floor(cell))
      const circumstances = { ...trial, at: clock.wall(), order, load: loadNow() }
      journal.sample(sampleOf(measured, circumstances))
    } catch (error) {
      if (error instanceof NoFloor) this.#noFloor[cell.key] = error.message
      else {
        this.#count(cell.key)
        journal.failure({ ...trial, at: clock.wall(), failed: reasonOf(error) })
      }
    }
  }

  #count(key: string): void {
    this.#failures.set(key, (this.#failures.get(key) ?? 0) + 1)
  }

  #tell(
    { cell, way }: Step,
    { repetition, left, since }: { repetition: number; left: number; since: number },
  ): void {
    const { plan, clock, tell } = this.#parts
    const perRepetition = this.#stepsOf().length
    const all = plan.repetitions * perRepetition
    const ahead = (plan.repetitions - repetition - 1) * perRepetition + left
    const each = (clock.now() - this.#began) / this.#measured
    const untilLimit = plan.limit - (clock.now() - since)
    const leftMs = this.#measured > 0 ? Math.min(each * ahead, untilLimit) : undefined
    tell({ done: all - ahead, all, leftMs, step: `${cell.key}, ${way}` })
  }
}

const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)
