/** Whether a request is somebody looking at a page, so that something can be shown while a function starts. */

import type { Fields } from '../domain/exchange.ts'
import type { FunctionSpec } from '../domain/function.ts'
import { fieldOf } from './account.ts'
import type { IncomingHead } from './incoming.ts'
import { prefersHtml } from './respond.ts'

/**
 * Whether a request that would wake `fn` gets its waiting page. Only a GET without a body does: it can be sent again
 * without anything being lost.
 */
export function wantsPage(fn: FunctionSpec, head: IncomingHead): boolean {
  if (fn.onCold === 'hold' || head.method !== 'GET' || head.body !== 'none') return false
  if (head.upgrade !== undefined || !prefersHtml(fieldOf(head, 'accept'))) return false
  return fn.onCold === 'page' || isNavigation(head)
}

/**
 * A window goes to another page: browsers say so (Fetch Metadata). They say nothing where the origin is plain HTTP on
 * another machine; there they ask for HTTPS with navigations, and with nothing else.
 */
function isNavigation(head: { readonly fields: Fields }): boolean {
  const mode = fieldOf(head, 'sec-fetch-mode')
  if (mode !== '') return mode === 'navigate' && fieldOf(head, 'sec-fetch-dest') === 'document'
  return fieldOf(head, 'upgrade-insecure-requests') === '1'
}
