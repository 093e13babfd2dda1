/** What a request meets that would wake a function with a waiting page: the page, a refusal, or to be held after all. */

import { type Refusal, type Waiter, isRefusal } from '../domain/admission.ts'
import type { FunctionSpec } from '../domain/function.ts'
import type { IncomingHead } from './incoming.ts'
import { wantsPage } from './navigation.ts'
import { progressPath } from './progress-stream.ts'
import type { Answer } from './respond.ts'
import type { Surroundings } from './surroundings.ts'
import { waitingPage } from './waiting-page.ts'

export interface ColdRequest {
  readonly fn: FunctionSpec
  readonly head: IncomingHead
  readonly requestId: string
  /** Asked whether it may wake. */
  readonly waiter: Waiter
}

/** Without an answer the refusal is answered as any other. */
export type ColdAnswer =
  | { readonly answer: Answer; readonly refusal: Refusal | undefined }
  | { readonly answer: undefined; readonly refusal: Refusal }

/** Wakes the function. Undefined: hold the request. */
export function coldAnswer(request: ColdRequest, around: Surroundings): ColdAnswer | undefined {
  const { fn, head, requestId, waiter } = request
  const { admission, router } = around
  if (!wantsPage(fn, head)) return undefined
  const roused = admission.rouse(fn.id, waiter)
  if (roused === 'serving') return undefined
  const refusal = isRefusal(roused) ? roused : undefined
  // A failed start is shown, and tried again from the page; who may not wake is simply refused.
  if (refusal && refusal.code !== 'START_BACKOFF') return { answer: undefined, refusal }
  const progress = isRefusal(roused) ? admission.progress(fn.id) : roused
  if (!progress) return undefined
  const path = progressPath(router.explain(head.host, head.target).route?.path ?? '/')
  return { answer: waitingPage({ fn, progress, progressPath: path, requestId }), refusal }
}
