/** A value that components watch. It is replaced, never changed in place. */

import { useEffect, useState } from 'preact/hooks'

export class Observable<T> {
  #value: T
  readonly #listeners = new Set<() => void>()

  constructor(value: T) {
    this.#value = value
  }

  get value(): T {
    return this.#value
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return
    this.#value = value
    for (const listener of this.#listeners) listener()
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
}

/** The present value; the component is drawn again when it is another. */
export function useValue<T>(observable: Observable<T>): T {
  const [, draw] = useState(0)
  useEffect(() => observable.subscribe(() => draw((n) => n + 1)), [observable])
  return observable.value
}
