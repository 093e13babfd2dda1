/** Reads a stream of the gateway for as long as somebody wants it, also over a restart of the gateway. */

import { sleep } from '../lib/clock.ts'
import { type AdminClient, AdminClientError } from './admin-client.ts'
import type { SentEvent } from './server-sent-events.ts'
import type { Shell } from './shell.ts'

/** Before a connection that was lost is tried again, in ms. */
const RETRY_MS = 1_000

export interface Following {
  readonly shell: Shell
  readonly client: AdminClient
  readonly path: string
  readonly each: (event: SentEvent) => void
}

/** Resolves when nobody reads the output any more. Rejects when the gateway cannot be asked at first, or says no. */
export async function follow({ shell, client, path, each }: Following): Promise<void> {
  const abort = new AbortController()
  shell.onOutputGone(() => abort.abort())
  const { signal } = abort
  let after: string | undefined
  let isKnown = false
  let isLost = false
  const begun = (): void => {
    isKnown = true
    isLost = false
  }
  while (!signal.aborted) {
    try {
      for await (const event of client.stream(path, { after, signal, begun })) {
        after = event.id
        each(event)
      }
    } catch (error) {
      if (!isKnown || (error instanceof AdminClientError && error.isAnswer)) throw error
    }
    if (signal.aborted) return
    if (!isLost) shell.err('coldfront: the connection is lost, trying again\n')
    isLost = true
    await sleep(shell.clock, RETRY_MS, signal).catch(() => undefined)
  }
}
