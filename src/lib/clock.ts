/** Time as an argument. The system clock is the only place of `src/` that calls the timers of Node. */

/** A pending timer. After `cancel` returns, its function never runs. Cancelling twice is allowed. */
export interface Timer {
  cancel(): void
}

/** What the rest of the program knows of time. Deadlines use `now`, which never goes back. */
export interface Clock {
  /** Monotonic milliseconds with fractions, from an arbitrary origin. */
  now(): number
  /** Milliseconds since the epoch, for timestamps that people read. Never for deadlines. */
  wall(): number
  /** Runs `fn` once, not before `delayMs` have gone by. `Infinity` never fires. The timer does not keep the process alive. */
  timer(delayMs: number, fn: () => void): Timer
  /** Runs `fn` in a later turn of the event loop, in the order of the calls. */
  turn(fn: () => void): void
}

/** The longest delay that Node's timers take; a longer one is split. */
const DELAY_MAX_MS = 2 ** 31 - 1

const NEVER: Timer = { cancel() {} }

class SystemTimer implements Timer {
  #handle: NodeJS.Timeout | undefined

  constructor(delayMs: number, fn: () => void) {
    this.#arm(delayMs, fn)
  }

  #arm(delayMs: number, fn: () => void): void {
    const left = delayMs - DELAY_MAX_MS
    this.#handle = setTimeout(
      () => {
        this.#handle = undefined
        if (left > 0) this.#arm(left, fn)
        else fn()
      },
      Math.min(delayMs, DELAY_MAX_MS),
    )
    this.#handle.unref()
  }

  cancel(): void {
    clearTimeout(this.#handle)
    this.#handle = undefined
  }
}

/** The real clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  timer: (delayMs, fn) => (delayMs === Infinity ? NEVER : new SystemTimer(delayMs, fn)),
  turn: (fn) => {
    setImmediate(fn)
  },
}

/** Resolves after `delayMs`, or rejects with the signal's reason as soon as it is aborted. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const onAbort = () => {
      timer.cancel()
      reject(signal?.reason)
    }
    const timer = clock.timer(delayMs, () => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    })
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
