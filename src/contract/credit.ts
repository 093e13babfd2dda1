/** Bytes that a receiver allows, and bytes that are owed to a sender: one number each. */

export class Credit {
  readonly #changed: (stalled: boolean) => void
  #bytes = 0
  #owed = 0

  /** `changed` is told whenever the last byte is spent, and when there are bytes again. */
  constructor(changed: (stalled: boolean) => void) {
    this.#changed = changed
  }

  get isSpent(): boolean {
    return this.#bytes <= 0
  }

  add(bytes: number): void {
    const wasSpent = this.isSpent
    this.#bytes += bytes
    if (wasSpent && !this.isSpent) this.#changed(false)
  }

  spend(bytes: number): void {
    const wasSpent = this.isSpent
    this.#bytes -= bytes
    if (!wasSpent && this.isSpent) this.#changed(true)
  }

  /** Notes bytes that came and have not left yet. */
  owe(bytes: number): void {
    this.#owed += bytes
  }

  /** All that is owed, which is nothing from now on. */
  settle(): number {
    const owed = this.#owed
    this.#owed = 0
    return owed
  }
}
