/** What one can have the gateway do, and what came of it. */

import { Refused, type Verb, order } from './api.ts'
import { refresh } from './model.ts'
import { Observable } from './observable.ts'
import { session } from './session.ts'

export interface Notice {
  readonly text: string
  readonly isBad: boolean
}

/** What the newest order came to; shown for a while and read out. */
export const notice = new Observable<Notice | undefined>(undefined)

/** An order that waits for the token; `undefined` in the box: somebody wants to sign in, no more. */
export const signingIn = new Observable<{ readonly next: (() => void) | undefined } | undefined>(
  undefined,
)

const NOTICE_MS = 6_000
let timer: number | undefined

export function say(text: string, isBad = false): void {
  notice.set({ text, isBad })
  window.clearTimeout(timer)
  timer = window.setTimeout(() => notice.set(undefined), NOTICE_MS)
}

export interface Order {
  readonly fn: string
  readonly verb: Verb
  /** Of `warm`: for how long; `0s` ends it. */
  readonly forText?: string
}

/** Asks for the token where it is needed, and goes on then. */
export async function give(asked: Order): Promise<void> {
  if (session.token === undefined) return signingIn.set({ next: () => void give(asked) })
  try {
    const message = await order(asked.fn, asked.verb, asked.forText)
    say(message.charAt(0).toUpperCase() + message.slice(1))
  } catch (error) {
    if (error instanceof Refused && error.status === 401) {
      session.signOut()
      signingIn.set({ next: () => void give(asked) })
    } else say(error instanceof Refused ? error.message : 'The gateway did not answer', true)
  }
  void refresh()
}
