/** A call that starts or thaws an instance, seen from outside the gateway. */

export interface StampedCall {
  /** `spawn`, `SIGCONT`, or the last word of the engine call: `create`, `start`, `unpause`. */
  readonly call: string
  /** On the machine's monotonic clock, in ms. */
  readonly sent: number
  /** The first byte of the answer, or the end of the system call. */
  readonly returned: number
}
