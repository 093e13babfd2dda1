/** The page that is shown while a function starts, as a response: never cached, never indexed, and honest in its status. */

import type { WakePhase, WakeProgress } from '../domain/admission.ts'
import type { Fields } from '../domain/exchange.ts'
import type { FunctionSpec } from '../domain/function.ts'
import { type Answer, escapeHtml } from './respond.ts'
import { POLICY, SCRIPT, STYLE } from './waiting-page-parts.ts'

export interface WaitingPage {
  readonly fn: FunctionSpec
  readonly progress: WakeProgress
  /** Where the progress is told, on the function's own host. */
  readonly progressPath: string
  readonly requestId: string
}

/** Below and above this a client is not told to come back, in seconds. */
const RETRY_MIN_S = 1
const RETRY_MAX_S = 60
/** Without a script the page looks again by itself, not more often than this, in seconds. */
const REFRESH_MIN_S = 2

/** 503 with Retry-After: what is here is not the function's. */
export function waitingPage(page: WaitingPage): Answer {
  const { html } = page.fn.waitingPage
  const body = Buffer.from(html === undefined ? builtIn(page) : ownPage(html, page))
  const fields: Fields = [
    'Content-Type',
    'text/html; charset=utf-8',
    'Content-Length',
    String(body.length),
    'Cache-Control',
    'no-store',
    'X-Robots-Tag',
    'noindex',
    'X-Content-Type-Options',
    'nosniff',
    'Retry-After',
    String(retryAfterS(page.progress)),
    'X-Request-Id',
    page.requestId,
    // What a page of the operator's own loads is the operator's to decide.
    ...(html === undefined ? ['Content-Security-Policy', POLICY] : []),
  ]
  return { status: 503, fields, body }
}

/** What is left of a usual wake, or of the wait after a failure. */
function retryAfterS({ phase, usualMs = 0, elapsedMs, retryAfterMs }: WakeProgress): number {
  const leftMs = phase === 'failed' ? retryAfterMs : usualMs - elapsedMs
  return Math.min(RETRY_MAX_S, Math.max(RETRY_MIN_S, Math.ceil(leftMs / 1_000)))
}

const WORDS: Readonly<Record<WakePhase, string>> = {
  queued: 'Waiting for its turn to start',
  starting: 'Starting',
  probing: 'Started, waiting until it answers',
  ready: 'Ready',
  failed: 'Its start failed',
  asleep: 'Asleep',
}

function builtIn(page: WaitingPage): string {
  const { fn, progress } = page
  const { phase } = progress
  const seconds = refreshS(page)
  const title = `${escapeHtml(fn.id)} ${phase === 'failed' ? 'could not be started' : 'is starting'}`
  return `<!doctype html>
<html lang="en" data-theme="${fn.waitingPage.theme}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
${refresh(page)}
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1 data-coldfront="title">${title}</h1>
<progress data-coldfront="bar" aria-label="${title}"></progress>
<p data-coldfront="phase" role="status">${WORDS[phase]}</p>
<p class="soft" data-coldfront="estimate"></p>
<noscript><p class="soft">This page looks again every ${seconds} s.</p></noscript>
</main>
${live(page)}
</body>
</html>
`
}

/** A page of the operator's own becomes live: it is refreshed, or filled and moved on by the script. */
function ownPage(html: string, page: WaitingPage): string {
  const withRefresh = /<head[^>]*>/i.test(html)
    ? html.replace(/<head[^>]*>/i, (head) => `${head}\n${refresh(page)}`)
    : `${refresh(page)}\n${html}`
  const end = withRefresh.toLowerCase().lastIndexOf('</body>')
  const at = end < 0 ? withRefresh.length : end
  return `${withRefresh.slice(0, at)}${live(page)}\n${withRefresh.slice(at)}`
}

const refreshS = ({ progress }: WaitingPage): number =>
  Math.max(REFRESH_MIN_S, retryAfterS(progress))

const refresh = (page: WaitingPage): string =>
  `<noscript><meta http-equiv="refresh" content="${refreshS(page)}"></noscript>`

/** What the script knows, and the script. `<` is written so that nothing in a name ends the element. */
function live({ fn, progress, progressPath }: WaitingPage): string {
  const about = { name: fn.id, progress: progressPath, ...progress }
  const json = JSON.stringify(about).replaceAll('<', '\\u003c')
  return `<script type="application/json" id="coldfront-wake">${json}</script>
<script>${SCRIPT}</script>`
}
