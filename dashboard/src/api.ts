/** Questions and orders to the admin listener that this page came from. */

import type { OverviewAnswer } from '../../src/admin/overview.ts'
import { authorization } from './session.ts'

/** The gateway said no; the message is its own. */
export class Refused extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.name = 'Refused'
    this.status = status
  }
}

/** For a question that has no answer yet. */
const PATIENCE_MS = 10_000

async function ask(path: string, init: RequestInit): Promise<unknown> {
  const answer = await fetch(path, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) })
  const body = (await answer.json()) as { detail?: string }
  if (!answer.ok) throw new Refused(answer.status, body.detail ?? answer.statusText)
  return body
}

/** What has changed after the revision `since`. */
export const overview = async (since: string | undefined): Promise<OverviewAnswer> =>
  (await ask(`/api/v1/overview${since === undefined ? '' : `?since=${since}`}`, {
    headers: authorization(),
  })) as OverviewAnswer

export type Verb = 'wake' | 'pause' | 'stop' | 'warm'

/** Resolves with what the gateway says that it does. `forText` is how long to keep it warm. */
export async function order(fn: string, verb: Verb, forText?: string): Promise<string> {
  const answer = await ask(`/api/v1/functions/${fn}/${verb}`, {
    method: 'POST',
    headers: { ...authorization(), 'content-type': 'application/json' },
    body: JSON.stringify(forText === undefined ? {} : { for: forText }),
  })
  return (answer as { message: string }).message
}

/** Whether this is the token. */
export async function isToken(token: string): Promise<boolean> {
  const answer = await fetch('/api/v1/overview?since=', { headers: authorization(token) })
  return answer.ok && ((await answer.json()) as OverviewAnswer).full
}
