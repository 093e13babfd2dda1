/** What a watch was told, in order. Tests wait for a fact instead of sleeping. */

import type { Fact, Present } from '../../src/runtime/runtime.ts'

/** A fact that has not come after this long will not come. */
const UNTIL_MAX_MS = 20_000

export class FactLog {
  readonly facts: Fact[] = []
  readonly #looks = new Set<() => void>()

  readonly sink = (fact: Fact): void => {
    this.facts.push(fact)
    for (const look of this.#looks) look()
  }

  /** Resolves with the first fact, past or to come, that matches. `what` names it when it does not come. */
  until<F extends Fact>(what: string, match: (fact: Fact) => fact is F): Promise<F>
  until(what: string, match: (fact: Fact) => boolean): Promise<Fact>
  until(what: string, match: (fact: Fact) => boolean): Promise<Fact> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = this.facts.find(match)
        if (!found) return
        this.#looks.delete(look)
        clearTimeout(deadline)
        resolve(found)
      }
      const deadline = setTimeout(() => {
        this.#looks.delete(look)
        reject(new Error(`no such fact: ${what}; seen: ${this.words().join(', ') || 'none'}`))
      }, UNTIL_MAX_MS)
      this.#looks.add(look)
      look()
    })
  }

  /** The instance in this phase, once it is told. Only what comes after the first `from` facts counts. */
  phase(instance: string, phase: Present['phase'], from = 0): Promise<Present> {
    return this.until(
      `${instance} ${phase}`,
      (f): f is Present =>
        f.k === 'present' &&
        f.ref.instance === instance &&
        f.phase === phase &&
        this.facts.indexOf(f) >= from,
    )
  }

  synced(): Promise<Fact> {
    return this.until('synced', (f) => f.k === 'synced')
  }

  /** One word per fact, for messages and order. */
  words(): string[] {
    return this.facts.map((f) => (f.k === 'present' ? f.phase : f.k))
  }
}
