/** What a bench has started and made, ended in reverse order: at its end, after a failure, and on Ctrl-C. */

export class Cleanup {
  #steps: { readonly what: string; readonly undo: () => unknown }[] = []
  #running: Promise<void> | undefined
  #closed = false

  /** Returns what undoes it at once; it is then not done again at the end. After `close` it is undone right away. */
  add(what: string, undo: () => unknown): () => Promise<void> {
    const step = { what, undo }
    if (this.#closed) void step.undo()
    else this.#steps.push(step)
    return async () => {
      const at = this.#steps.indexOf(step)
      if (at < 0) return
      this.#steps.splice(at, 1)
      await step.undo()
    }
  }

  /** Undoes everything; a step that fails is told and does not keep the others from being done. A second call waits for the first. */
  run(): Promise<void> {
    this.#running ??= this.#undoAll().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  /** The bench is interrupted: undoes everything, also what is still begun meanwhile. */
  close(): Promise<void> {
    this.#closed = true
    return this.run()
  }

  async #undoAll(): Promise<void> {
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
      try {
        await step.undo()
      } catch (error) {
        console.error(`bench: ending ${step.what}: ${String(error)}`)
      }
    }
  }
}
