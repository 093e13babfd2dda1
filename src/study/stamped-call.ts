/** A call that makes, starts or thaws an instance, seen from outside the gateway. */

export interface StampedCall {
  /** `spawn`, `SIGCONT`, or the last word of the engine call: `create`, `start`, `unpause`. */
  readonly call: string
  /** The command's last word, or the container's id; empty where it is not known. */
  readonly what: string
  /** On the machine's monotonic clock, in ms. */
  readonly sent: number
  /** The first byte of the answer, or the end of the system call. */
  readonly returned: number
}

/** Where calls are read from. */
export interface CallSource {
  /** Calls sent since the moment, oldest first. */
  since(from: number): readonly StampedCall[]
  /** Forgets all so far. */
  clear(): void
}
