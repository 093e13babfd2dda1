import t from 'tap'
import { createHmac } from 'node:crypto'
import { EVENT_KINDS, type EventKind, type HookSpec } from '../../../src/domain/hook.ts'
import { functionId, instanceId } from '../../../src/domain/ids.ts'
import { LIMITS } from '../../../src/domain/limits.ts'
import { EventRing } from '../../../src/telemetry/event-ring.ts'
import { Events, type TelemetryEvent } from '../../../src/telemetry/events.ts'
import { hookFields } from '../../../src/telemetry/hook-message.ts'
import type { Post } from '../../../src/telemetry/hook.ts'
import { Hooks } from '../../../src/telemetry/hooks.ts'
import { AsyncClock } from '../../support/async-clock.ts'

const hello = functionId('hello')
const paused = (n: number) =>
  ({ k: 'paused', at: n, fn: hello, instance: instanceId(`hello-${n}`) }) as const

const spec = (parts: Partial<HookSpec> = {}): HookSpec => ({
  url: 'http://hook.test/key?token=t',
  events: ['paused'],
  secret: undefined,
  ...parts,
})

type Answer = number | Error | 'never'

function setup(specs: readonly HookSpec[] = [spec()]) {
  const clock = new AsyncClock()
  const events = new Events()
  const told: TelemetryEvent[] = []
  /** What was posted: address, id, and the time of the event. */
  const posts: { url: string; at: number; id: string; fields: Readonly<Record<string, string>> }[] =
    []
  const answers: Answer[] = []
  let open = 0
  const post: Post = ({ url, fields, body, signal }) => {
    const { at } = JSON.parse(body) as { at: number }
    posts.push({ url, at, id: fields['webhook-id'] ?? '', fields })
    const answer = answers.shift() ?? 200
    if (typeof answer === 'number') return Promise.resolve(answer)
    if (answer instanceof Error) return Promise.reject(answer)
    open += 1
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => {
        open -= 1
        reject(new Error('aborted'))
      })
    })
  }
  const hooks = new Hooks({ clock, events, post, version: '1.2.3' })
  hooks.apply(specs)
  const ring = new EventRing(36, (event) => hooks.told(event))
  events.subscribe(ring)
  events.subscribe({ event: (e) => void told.push(e) })
  const notices = () => told.flatMap((e) => (e.k === 'notice' ? [e.message] : []))
  return { clock, events, hooks, posts, answers, notices, open: () => open }
}

t.test('hook: gets the events that it asked for, in order and one at a time', async (t) => {
  const { clock, events, hooks, posts } = setup([spec({ events: ['paused', 'reloaded'] })])
  events.emit(paused(1))
  events.emit({ k: 'started', at: 2, fn: hello, instance: instanceId('hello-1') })
  events.emit({ k: 'reloaded', at: 3, functions: 1, changed: [] })
  t.equal(posts.length, 1)
  await clock.flush()
  t.strictSame(
    posts.map(({ at, id }) => [at, id]),
    [
      [1, '10-1'],
      [3, '10-3'],
    ],
  )
  t.match(hooks, { delivered: 2, lost: 0 })
})

t.test('hook: what passes is tried again, later and later, with the same id', async (t) => {
  const { clock, events, hooks, posts, answers } = setup()
  const refused = Object.assign(new Error('no'), { code: 'ECONNREFUSED' })
  answers.push(503, refused, 429, 'never')
  events.emit(paused(1))
  events.emit(paused(2))
  await clock.flush()
  const pauses = []
  for (let from = clock.now(); posts.length < 5; from = clock.now()) {
    const count = posts.length
    while (posts.length === count) await clock.pass(100)
    pauses.push(clock.now() - from)
  }
  t.strictSame(pauses, [1_000, 2_000, 4_000, LIMITS.hookTimeoutMs + 8_000])
  t.equal(new Set(posts.filter(({ at }) => at === 1).map(({ id }) => id)).size, 1)
  await clock.flush()
  t.equal(posts.at(-1)?.at, 2)
  t.match(hooks, { delivered: 2, lost: 0 })
})

t.test(
  'hook: an event that is never taken is given up, and the next one has its turn',
  async (t) => {
    const { clock, events, hooks, posts, answers, notices } = setup()
    answers.push(...Array<number>(LIMITS.hookAttemptsMax).fill(500))
    events.emit(paused(1))
    events.emit(paused(2))
    await clock.pass(600_000)
    t.equal(posts.length, LIMITS.hookAttemptsMax + 1)
    t.match(hooks, { delivered: 1, lost: 1 })
    t.strictSame(notices(), ['an event is lost for the hook at http://hook.test: it answered 500'])
  },
)

t.test('hook: a refusal is final', async (t) => {
  const { clock, events, hooks, posts, answers } = setup()
  answers.push(404, 301)
  events.emit(paused(1))
  events.emit(paused(2))
  await clock.pass(600_000)
  t.equal(posts.length, 2)
  t.match(hooks, { delivered: 0, lost: 2 })
})

t.test('hook: its queue is bounded, and what is lost is told once', async (t) => {
  const { clock, events, hooks, answers, notices } = setup()
  answers.push('never')
  for (let i = 0; i < LIMITS.hookQueueMax + 5; i += 1) events.emit(paused(i))
  t.match(hooks, { lost: 5 })
  t.strictSame(notices(), [
    `an event is lost for the hook at http://hook.test: its queue of ${LIMITS.hookQueueMax} events is full`,
  ])
  await clock.pass(60_000)
  for (let i = 0; i < LIMITS.hookQueueMax; i += 1) await clock.flush()
  t.match(hooks, { delivered: LIMITS.hookQueueMax, lost: 5 })
})

t.test('hook: hooks that fail do not tell each other for ever', async (t) => {
  const { clock, events, posts, answers, notices } = setup([
    spec({ events: ['notice'] }),
    spec({ url: 'http://other.test/', events: ['notice'] }),
  ])
  answers.push(404, 404)
  events.emit({ k: 'notice', at: 1, level: 'warn', message: 'x' })
  await clock.pass(60_000)
  t.equal(posts.length, 2)
  t.equal(notices().length, 3)
})

t.test('hook: closing waits a moment for what is queued, then lets go', async (t) => {
  const { clock, events, hooks, posts, answers, open } = setup()
  answers.push('never')
  events.emit(paused(1))
  events.emit(paused(2))
  let isClosed = false
  void hooks.close().then(() => (isClosed = true))
  await clock.pass(LIMITS.hookCloseMs - 1)
  t.notOk(isClosed)
  await clock.pass(1)
  t.ok(isClosed)
  t.equal(open(), 0)
  t.equal(posts.length, 1)
  t.match(hooks, { lost: 2 })
})

t.test('hook: a reload keeps the queue of what did not change', async (t) => {
  const other = spec({ url: 'http://other.test/' })
  const { clock, events, hooks, posts, answers } = setup([spec(), other])
  answers.push('never', 'never')
  events.emit(paused(1))
  hooks.apply([other, spec({ url: 'http://third.test/' })])
  events.emit(paused(2))
  await clock.pass(60_000)
  const urls = (at: number) => posts.filter((p) => p.at === at).map(({ url }) => new URL(url).host)
  t.strictSame(urls(1).sort(), ['hook.test', 'other.test', 'other.test'])
  t.strictSame(urls(2).sort(), ['other.test', 'third.test'])
  t.match(hooks, { lost: 1 })
})

t.test('hook: the signature is that of the standard, over id, time and body', async (t) => {
  const message = { id: '10-1', body: '{"k":"paused"}' }
  const at = 1_700_000_000_999
  const unsigned = hookFields(message, { at, secret: undefined, version: '1' })
  t.strictSame(unsigned, {
    'content-type': 'application/json',
    'user-agent': 'coldfront/1',
    'webhook-id': '10-1',
    'webhook-timestamp': '1700000000',
  })
  const text = '10-1.1700000000.{"k":"paused"}'
  for (const [secret, key] of [
    ['plain', Buffer.from('plain')],
    ['whsec_AAECAw==', Buffer.from([0, 1, 2, 3])],
  ] as const) {
    const expected = createHmac('sha256', key).update(text).digest('base64')
    const fields = hookFields(message, { at, secret, version: '1' })
    t.equal(fields['webhook-signature'], `v1,${expected}`)
  }
})

t.test('hook: may ask for every kind of event that there is', async (t) => {
  const kinds: readonly EventKind[] = EVENT_KINDS
  t.equal(new Set(kinds).size, kinds.length)
})
