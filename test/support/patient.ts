/** A client that comes again when it is told to: where a function backs off, who is told to wait does. */

import { setTimeout as wait } from 'node:timers/promises'

import type { Answered } from './http-ask.ts'

export async function patient(gateway: {
  ask(path: string): Promise<Answered>
}): Promise<Answered> {
  for (;;) {
    const answer = await gateway.ask('/')
    if (answer.status !== 503) return answer
    await wait(1_000 * Number(answer.headers['retry-after'] ?? 1))
  }
}
