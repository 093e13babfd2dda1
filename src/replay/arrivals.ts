/** Puts invocations in the order of arrival, as far as a bounded memory can: a log is written in the order of their ends. */

import type { Invocation } from './invocation.ts'

/** Invocations that wait for earlier ones. */
const WAITING_MAX = 10_000

/** A binary heap: the earliest is on top. */
export class Arrivals {
  readonly #heap: Invocation[] = []

  /** Returns the earliest when there are more than may wait. */
  push(invocation: Invocation): Invocation | undefined {
    const heap = this.#heap
    let at = heap.length
    heap.push(invocation)
    while (at > 0) {
      const above = (at - 1) >> 1
      if (heap[above]!.at <= invocation.at) break
      heap[at] = heap[above]!
      at = above
    }
    heap[at] = invocation
    return heap.length > WAITING_MAX ? this.pop() : undefined
  }

  /** The earliest; undefined when none waits. */
  pop(): Invocation | undefined {
    const heap = this.#heap
    const top = heap[0]
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return top
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= heap.length) break
      if (below + 1 < heap.length && heap[below + 1]!.at < heap[below]!.at) below += 1
      if (heap[below]!.at >= last.at) break
      heap[at] = heap[below]!
      at = below
    }
    heap[at] = last
    return top
  }
}
