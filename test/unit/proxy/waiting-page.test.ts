import t from 'tap'
import { createHash } from 'node:crypto'
import { runInNewContext } from 'node:vm'
import type { WakeProgress } from '../../../src/domain/admission.ts'
import { functionId } from '../../../src/domain/ids.ts'
import { type WaitingPage, waitingPage } from '../../../src/proxy/waiting-page.ts'
import { functionSpec } from '../../support/function-spec.ts'

const PAGE_BYTES_MAX = 10_240

const progress = (parts: Partial<WakeProgress> = {}): WakeProgress => ({
  phase: 'starting',
  elapsedMs: 400,
  usualMs: 3_100,
  slowMs: 6_000,
  retryAfterMs: 0,
  ...parts,
})

const paged = (waitingPage: { theme?: 'light' | 'dark'; html?: string } = {}) =>
  functionSpec({ id: functionId('blog'), onCold: 'page', waitingPage })

function made(parts: Partial<WaitingPage> = {}) {
  const about = {
    fn: paged(),
    progress: progress(),
    progressPath: '/.well-known/coldfront/progress',
    requestId: 'r1',
    ...parts,
  }
  const { status, fields, body } = waitingPage(about)
  const pairs = fields.flatMap((name, i) =>
    i % 2 === 0 ? [[name.toLowerCase(), fields[i + 1]]] : [],
  )
  return {
    status,
    fields: Object.fromEntries(pairs) as Record<string, string>,
    html: body.toString(),
  }
}

t.test('waiting page: is an honest 503 that nobody keeps or indexes', async (t) => {
  const { status, fields, html } = made()
  t.equal(status, 503)
  t.match(fields, {
    'cache-control': 'no-store',
    'x-robots-tag': 'noindex',
    'retry-after': '3',
    'content-length': String(Buffer.byteLength(html)),
  })
  t.match(html, '<meta name="robots" content="noindex">')
  t.match(html, '<noscript><meta http-equiv="refresh" content="3"></noscript>')
  t.match(html, 'blog is starting')
})

t.test('waiting page: is small and asks nobody else for anything', async (t) => {
  const { html, fields } = made()
  t.ok(Buffer.byteLength(html) < PAGE_BYTES_MAX, `${Buffer.byteLength(html)} bytes`)
  t.notMatch(html, /https?:\/\//)
  t.notMatch(html, / (src|href)=/)
  const policy = fields['content-security-policy'] ?? ''
  for (const [, , text = ''] of html.matchAll(/<(style|script)>(.*?)<\/\1>/gs)) {
    const hash = createHash('sha256').update(text).digest('base64')
    t.match(policy, `'sha256-${hash}'`)
  }
  t.match(policy, /^default-src 'none'; .*connect-src 'self'/)
})

t.test('waiting page: comes back in time, not too often and not too late', async (t) => {
  const after = (parts: Partial<WakeProgress>) =>
    made({ progress: progress(parts) }).fields['retry-after']
  t.equal(after({ usualMs: undefined }), '1')
  t.equal(after({ usualMs: 10_000, elapsedMs: 2_000 }), '8')
  t.equal(after({ usualMs: 10_000, elapsedMs: 60_000 }), '1')
  t.equal(after({ usualMs: 600_000 }), '60')
  t.equal(after({ phase: 'failed', retryAfterMs: 4_500 }), '5')
})

t.test('waiting page: themes and failures are in the page itself', async (t) => {
  t.match(made({ fn: paged({ theme: 'dark' }) }).html, '<html lang="en" data-theme="dark">')
  const failed = made({ progress: progress({ phase: 'failed', retryAfterMs: 4_000 }) })
  t.match(failed.html, '<h1 data-coldfront="title">blog could not be started</h1>')
  t.match(failed.html, 'Its start failed')
})

t.test('waiting page: a page of the operator’s own becomes live', async (t) => {
  const own = (html: string) => made({ fn: paged({ html }) })
  const page = own(
    '<html><HEAD lang=x><title>x</title></HEAD><body><b data-coldfront="phase"></b></BODY></html>',
  )
  t.match(page.html, /^<html><HEAD lang=x>\n<noscript><meta http-equiv="refresh"/)
  t.match(
    page.html,
    /<b data-coldfront="phase"><\/b><script type="application\/json" id="coldfront-wake">.*<\/script>\n<\/BODY>/s,
  )
  t.equal(page.fields['content-security-policy'], undefined)
  t.match(own('<p>wait').html, /^<noscript>.*<\/noscript>\n<p>wait<script type=.*<\/script>\n$/s)
  t.match(own('<body>$& $1</body>').html, '$& $1')
})

t.test('waiting page: nothing in what the script knows ends its element', async (t) => {
  const { html } = made({ progressPath: '/</script><b>/.well-known/coldfront/progress' })
  t.notMatch(html, '</script><b>')
})

/** The page's own script in a browser that is not one. */
function browser(about: Partial<WakeProgress> = {}) {
  const { html } = made({ progress: progress(about) })
  const [, json = ''] = /id="coldfront-wake">(.*?)<\/script>/s.exec(html) ?? []
  const [, script = ''] = /<script>(.*?)<\/script>/s.exec(html) ?? []
  const elements = new Map<
    string,
    { textContent: string; value?: number; removeAttribute(): void }
  >()
  const element = (name: string) => {
    const known = elements.get(name) ?? { textContent: '', removeAttribute: () => undefined }
    elements.set(name, known)
    return known
  }
  const world = {
    now: 1_000_000,
    reloads: 0,
    sources: [] as {
      url: string
      readyState: number
      isClosed: boolean
      onmessage?: (e: unknown) => void
      onerror?: () => void
    }[],
    timers: [] as { fn: () => void; ms: number }[],
    ticks: [] as (() => void)[],
  }
  class EventSource {
    readyState = 1
    isClosed = false
    readonly url: string
    constructor(url: string) {
      this.url = url
      world.sources.push(this)
    }
    close() {
      this.isClosed = true
    }
  }
  const window = { EventSource }
  runInNewContext(script, {
    window,
    EventSource,
    Date: { now: () => world.now },
    JSON,
    Math,
    document: {
      getElementById: () => ({ textContent: json }),
      querySelectorAll: (query: string) => [element(/"(.*)"/.exec(query)?.[1] ?? '')],
    },
    location: { reload: () => (world.reloads += 1) },
    setTimeout: (fn: () => void, ms: number) => world.timers.push({ fn, ms }),
    setInterval: (fn: () => void) => world.ticks.push(fn),
  })
  const pass = (ms: number) => {
    world.now += ms
    for (const tick of world.ticks) tick()
  }
  const tell = (told: Partial<WakeProgress>) =>
    world.sources[0]?.onmessage?.({ data: JSON.stringify({ ...progress(), ...told }) })
  return {
    world,
    pass,
    tell,
    text: (name: string) => element(name).textContent,
    bar: element('bar'),
  }
}

t.test('waiting page: its script says how far it is and what is usual', async (t) => {
  const { world, pass, tell, text, bar } = browser()
  t.equal(world.sources[0]?.url, '/.well-known/coldfront/progress')
  t.equal(text('phase'), 'Starting')
  t.equal(text('estimate'), 'Usually it takes about 3 s.')
  tell({ phase: 'probing', elapsedMs: 1_550 })
  t.equal(text('phase'), 'Started, waiting until it answers')
  t.equal(bar.value, 0.5)
  pass(5_000)
  t.equal(text('estimate'), 'This takes longer than usual.')
  t.equal(bar.value, 0.95)
  t.equal(world.reloads, 0)
})

t.test('waiting page: its script moves on once, as soon as the function is ready', async (t) => {
  const { world, tell } = browser()
  tell({ phase: 'ready' })
  tell({ phase: 'ready' })
  t.equal(world.reloads, 1)
})

t.test('waiting page: its script tries again when the backoff allows it', async (t) => {
  const { world, pass, tell, text } = browser()
  tell({ phase: 'failed', retryAfterMs: 4_000 })
  t.ok(world.sources[0]?.isClosed)
  t.equal(text('title'), 'blog could not be started')
  t.equal(text('estimate'), 'It is tried again in 4 s.')
  pass(3_900)
  t.equal(world.reloads, 0)
  pass(200)
  t.equal(world.reloads, 1)
  const later = browser({ phase: 'failed', retryAfterMs: 1_000 })
  t.strictSame(later.world.sources, [], 'there is nothing to follow')
  later.pass(1_000)
  t.equal(later.world.reloads, 1)
})

t.test('waiting page: its script loads the page again when it is told nothing', async (t) => {
  const { world } = browser()
  const [source] = world.sources
  if (!source) throw new Error('it follows nothing')
  source.onerror?.()
  t.strictSame(world.timers, [], 'the browser connects again by itself')
  source.readyState = 2
  source.onerror?.()
  world.timers[0]?.fn()
  t.equal(world.reloads, 1)
})
