/**
 * Every order of events from some beginnings on, breadth first: a state is reached by replaying the steps that
 * led to it, is expanded once, and is wound down once.
 */

import { TABLE, type Table } from '../../src/domain/lifecycle.ts'
import { type RowName, observed } from './rows.ts'
import { Scene, type SceneParts, type Step } from './scene.ts'
import type { Setting } from './setting.ts'

export interface Broken {
  readonly order: readonly Step[]
  readonly message: string
}

export interface Exploration {
  readonly states: number
  readonly steps: number
  /** Steps beyond a root up to which every order was tried. `cut`: and some of those that are one longer. */
  readonly depth: number
  readonly end: 'exhausted' | 'cut'
  /** How often each row applied, where it did. */
  readonly met: ReadonlyMap<RowName, number>
  readonly broken: Broken | undefined
}

export interface Bounds {
  readonly setting: Setting
  readonly table?: Table
  readonly told?: SceneParts['told']
  /** Orders of events from which the exploration begins. */
  readonly roots?: readonly (readonly Step[])[]
  /** Steps beyond a root. */
  readonly depthMax: number
  /** Steps in all: the exploration ends in the middle of a depth when they are spent. */
  readonly stepsMax?: number
}

interface Node {
  readonly order: readonly Step[]
  readonly steps: readonly Step[]
}

class Explorer {
  readonly #bounds: Bounds
  readonly #known = new Set<string>()
  readonly #met = new Map<RowName, number>()
  readonly #table: Table
  #current: readonly Step[] = []
  #steps = 0
  #depth = 0

  constructor(bounds: Bounds) {
    this.#bounds = bounds
    this.#table = observed(bounds.table ?? TABLE, (row) => this.#meet(row))
  }

  async run(): Promise<Exploration> {
    const { roots = [[]], depthMax, stepsMax = Infinity } = this.#bounds
    try {
      let frontier: Node[] = []
      for (const order of roots) frontier.push(...(await this.#visit(order, 'root')))
      for (; this.#depth < depthMax; this.#depth += 1) {
        const next: Node[] = []
        for (const { order, steps } of frontier)
          for (const step of steps) {
            if (this.#steps >= stepsMax) return this.#result('cut')
            next.push(...(await this.#visit([...order, step])))
          }
        frontier = next
      }
      return this.#result('exhausted')
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      return this.#result('cut', { order: this.#current, message })
    }
  }

  /** Replays an order; a state that is new is wound down, and returned with what may come next. */
  async #visit(order: readonly Step[], as: 'root' | 'step' = 'step'): Promise<Node[]> {
    this.#current = order
    this.#steps += 1
    const scene = new Scene({ ...this.#bounds, table: this.#table })
    const known = as === 'step' ? order.length - 1 : 0
    for (const [i, step] of order.entries()) await scene.take(step, i < known)
    const { key } = scene
    // A root may differ from a known state in what the key leaves out, such as counts of failures.
    if (this.#known.has(key) && as === 'step') return []
    this.#known.add(key)
    const steps = scene.steps()
    await scene.windDown()
    return [{ order, steps }]
  }

  #meet(row: RowName): void {
    this.#met.set(row, (this.#met.get(row) ?? 0) + 1)
  }

  #result(end: 'exhausted' | 'cut', broken?: Broken): Exploration {
    const found = { states: this.#known.size, steps: this.#steps, depth: this.#depth, end }
    return { ...found, met: this.#met, broken }
  }
}

/** Explores until nothing new is found, `depthMax` or `stepsMax` is reached, or a promise is broken. */
export const explore = (bounds: Bounds): Promise<Exploration> =>
  withoutTraces(() => new Explorer(bounds).run())

/** The stack of every error that a fake world answers with is half of an exploration's time. */
export async function withoutTraces<T>(run: () => Promise<T>): Promise<T> {
  const before = Error.stackTraceLimit
  Error.stackTraceLimit = 0
  try {
    return await run()
  } finally {
    Error.stackTraceLimit = before
  }
}
