/**
 * A real Chromium for one test file. Pages tell what must not happen: an error in the console, something that the
 * policy forbids, a request to another host. Ends with the test.
 */

import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from 'playwright-core'

import { PATIENCE_MS } from './event-log.ts'

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Every name is this machine: no resolver is asked for names that a test makes up.
  '--host-resolver-rules=MAP * 127.0.0.1',
]

/** A violation that a page keeps to itself would be seen nowhere. */
const TELL_VIOLATIONS = `document.addEventListener('securitypolicyviolation', (event) =>
  console.error('policy: ' + event.violatedDirective + ' ' + event.blockedURI))`

interface TestLike {
  teardown(fn: () => unknown): void
}

/** One for a whole file. */
export async function openBrowser(t: TestLike): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: FLAGS })
  t.teardown(() => browser.close())
  return browser
}

export interface Visit {
  readonly page: Page
  readonly context: BrowserContext
  /** What went wrong so far, in words. */
  readonly faults: string[]
}

/** A page in a context of its own; `here` is the only origin that it may ask anything. */
export async function openPage(
  t: TestLike,
  browser: Browser,
  here: string,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options })
  context.setDefaultTimeout(PATIENCE_MS)
  t.teardown(() => context.close())
  const faults: string[] = []
  const page = await context.newPage()
  page.on('pageerror', (error) => faults.push(`uncaught: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      faults.push(`console: ${message.text()} ${message.location().url}`)
  })
  context.on('request', (request) => {
    if (new URL(request.url()).origin !== new URL(here).origin)
      faults.push(`asked another host: ${request.url()}`)
  })
  await context.addInitScript(TELL_VIOLATIONS)
  return { page, context, faults }
}
