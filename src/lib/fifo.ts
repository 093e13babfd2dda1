/** A first-in, first-out queue with removal from the middle in constant time. */

/** A place in a queue; hand it back to `remove`. */
export interface Place<T> {
  readonly value: T
}

interface Node<T> extends Place<T> {
  next: Node<T> | undefined
  prev: Node<T> | undefined
  queued: boolean
}

/** A doubly linked queue. Every operation costs the same whatever its length. */
export class Fifo<T> {
  #head: Node<T> | undefined
  #tail: Node<T> | undefined
  #size = 0

  get size(): number {
    return this.#size
  }

  /** The oldest value, left where it is. */
  get first(): T | undefined {
    return this.#head?.value
  }

  /** The newest value, left where it is. */
  get last(): T | undefined {
    return this.#tail?.value
  }

  /** Adds at the end. */
  push(value: T): Place<T> {
    const node: Node<T> = { value, next: undefined, prev: this.#tail, queued: true }
    if (this.#tail) this.#tail.next = node
    else this.#head = node
    this.#tail = node
    this.#size += 1
    return node
  }

  /** Takes the oldest. */
  shift(): T | undefined {
    const node = this.#head
    if (node) this.#unlink(node)
    return node?.value
  }

  /** Takes `place` out; false if it had left already. */
  remove(place: Place<T>): boolean {
    const node = place as Node<T>
    if (!node.queued) return false
    this.#unlink(node)
    return true
  }

  *[Symbol.iterator](): Generator<T> {
    let node = this.#head
    while (node) {
      const next = node.next
      yield node.value
      node = next
    }
  }

  #unlink(node: Node<T>): void {
    if (node.prev) node.prev.next = node.next
    else this.#head = node.next
    if (node.next) node.next.prev = node.prev
    else this.#tail = node.prev
    node.next = node.prev = undefined
    node.queued = false
    this.#size -= 1
  }
}
