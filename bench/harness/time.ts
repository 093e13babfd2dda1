/**
 * The monotonic clock of the machine (CLOCK_MONOTONIC on Linux): all processes read the same one, in containers too,
 * so that stamps of the client, the gateway and the function can be subtracted from each other.
 */

export const now = (): number => Number(process.hrtime.bigint()) / 1e6

export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms)
  })

export interface Patience {
  /** For the message, as in "the gateway did not become X". */
  readonly what: string
  readonly limitMs: number
  readonly everyMs: number
}

/** Asks until there is an answer. Rejects when there is none in time. */
export async function until<T>(
  ask: () => Promise<T | undefined> | T | undefined,
  { what, limitMs, everyMs }: Patience,
): Promise<T> {
  const giveUp = now() + limitMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (now() > giveUp) throw new Error(`${what}: not within ${limitMs} ms`)
    await sleep(everyMs)
  }
}
