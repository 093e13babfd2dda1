import t from 'tap'
import { revisionId } from '../../../src/domain/ids.ts'
import { Activation } from '../../support/activation.ts'
import { functionSpec } from '../../support/function-spec.ts'

t.test('activator: a request wakes a cold function, and the next one is warm', async (t) => {
  const a = new Activation()
  const first = a.request()
  t.equal(first.fate, 'waiting', 'never granted in the same turn')
  await a.clock.flush()
  t.equal(first.fate, 'cold')
  t.equal(a.request().fate, 'warm')
  t.strictSame(a.log, ['hello-1 starting', 'hello-1 probing', 'hello-1 ready'])
})

t.test('activator: an idle instance is paused, then stopped, then removed', async (t) => {
  const a = new Activation()
  const w = a.request()
  await a.clock.flush()
  w.lease?.release({ k: 'done' })
  await a.clock.pass(29_999)
  t.equal(a.states, 'ready')
  await a.clock.pass(1)
  t.equal(a.states, 'paused')
  await a.clock.pass(569_999)
  t.equal(a.states, 'paused')
  await a.clock.pass(1)
  t.equal(a.states, 'dormant')
  t.strictSame(a.world.alive, [])
  await a.clock.pass(86_400_000 - 600_000)
  t.equal(a.states, '')
  t.equal(a.world.entries.size, 0, 'nothing is left')
  t.equal(a.clock.armed, 0, 'no timer is left')
})

t.test(
  'activator: what is given up while its start is out is ended when it starts, and serves nobody',
  async (t) => {
    const a = new Activation()
    for (const verb of ['start', 'stop'] as const) a.world.byHand.add(verb)
    const w = a.request()
    await a.clock.flush()
    w.ticket?.leave('gone')
    a.activator.stop(functionSpec().id)
    await a.clock.pass(600_000)
    t.equal(a.states, '', 'no stop was answered')
    a.world.call('start').pass()
    await a.clock.flush()
    t.equal(a.states, '', 'what runs is no stranger')
    a.world.passAll()
    await a.clock.flush()
    t.strictSame(a.world.asked.slice(-2), ['stop hello-1', 'remove hello-1'])
    t.equal(a.world.entries.size, 0)
  },
)

t.test('activator: a paused instance is resumed for a request', async (t) => {
  const a = new Activation()
  a.request()
  await a.clock.flush()
  t.equal(a.states, 'ready')
  const b = new Activation()
  b.request().ticket?.leave('gone')
  await b.clock.flush()
  t.strictSame(b.log, [], 'a wake whose waiters all left before the engine was called is cancelled')
  const c = new Activation()
  const w = c.request()
  await c.clock.flush()
  w.lease?.release({ k: 'done' })
  await c.clock.pass(30_000)
  const again = c.request()
  await c.clock.flush()
  t.equal(again.fate, 'resumed')
  t.strictSame(c.log.slice(3), [
    'hello-1 pausing',
    'hello-1 paused',
    'hello-1 resuming',
    'hello-1 ready',
  ])
})

t.test('activator: a kept instance is started again', async (t) => {
  const a = new Activation()
  const w = a.request()
  await a.clock.flush()
  w.lease?.release({ k: 'done' })
  await a.clock.pass(600_000)
  t.equal(a.states, 'dormant')
  const again = a.request()
  await a.clock.flush()
  t.equal(again.fate, 'cold')
  t.equal(a.world.asked.filter((x) => x.startsWith('create')).length, 1)
})

t.test('activator: an exchange in flight keeps its instance awake', async (t) => {
  const a = new Activation()
  const w = a.request()
  await a.clock.pass(3_600_000)
  t.equal(a.states, 'ready')
  w.lease?.release({ k: 'done' })
  await a.clock.pass(30_000)
  t.equal(a.states, 'paused')
})

t.test('activator: an idle tunnel does not pin its instance, and a byte wakes it', async (t) => {
  const a = new Activation({ functions: [functionSpec({ idle: { tunnelAfterMs: 60_000 } })] })
  const w = a.request()
  await a.clock.flush()
  w.lease?.touch()
  await a.clock.pass(60_000 + 29_000)
  t.equal(a.states, 'ready')
  await a.clock.pass(32_000)
  t.equal(a.states, 'paused')
  w.lease?.touch()
  await a.clock.flush()
  t.equal(a.states, 'ready')
  w.lease?.release({ k: 'done' })
  t.throws(() => w.lease?.release({ k: 'done' }), /released twice/)
})

t.test('activator: waiters beyond the concurrency are queued and served in order', async (t) => {
  const a = new Activation({ functions: [functionSpec({ concurrency: 1 })] })
  const ws = [a.request(), a.request(), a.request()]
  await a.clock.flush()
  t.strictSame(
    ws.map((w) => w.fate),
    ['cold', 'waiting', 'waiting'],
  )
  ws[0]?.lease?.release({ k: 'done' })
  t.strictSame(
    ws.map((w) => w.fate),
    ['cold', 'cold', 'waiting'],
  )
  await a.clock.pass(1)
  const late = a.request()
  t.equal(late.fate, 'waiting', 'nobody overtakes those who wait')
  ws[1]?.lease?.release({ k: 'done' })
  ws[2]?.lease?.release({ k: 'done' })
  t.equal(late.fate, 'queued')
})

t.test('activator: a freed slot goes to the oldest waiter still connected', async (t) => {
  const a = new Activation({ functions: [functionSpec({ concurrency: 1 })] })
  const ws = [a.request(), a.request(), a.request()]
  await a.clock.flush()
  const [first, second, third] = ws
  if (second) second.gone = true
  first?.lease?.release({ k: 'done' })
  t.equal(third?.fate, 'cold')
  t.equal(a.activator.status()[0]?.inFlight, 1)
})

t.test(
  'activator: a failed start fails all waiters at once, then backs off, then tries again',
  async (t) => {
    const a = new Activation()
    a.world.byHand.add('start')
    const ws = [a.request(), a.request()]
    await a.clock.flush()
    a.world.call('start').fail()
    await a.clock.flush()
    t.strictSame(
      ws.map((w) => w.fate),
      ['refused START_FAILED', 'refused START_FAILED'],
    )
    const soon = a.request()
    t.equal(soon.fate, 'refused START_BACKOFF')
    t.equal(soon.refusal?.retryAfterMs, 1_000)
    await a.clock.pass(1_000)
    a.world.byHand.clear()
    const later = a.request()
    await a.clock.flush()
    t.equal(later.fate, 'cold')
  },
)

t.test(
  'activator: a start that reports failure but succeeded is believed by what runs',
  async (t) => {
    const a = new Activation()
    a.world.byHand.add('start')
    const w = a.request()
    await a.clock.flush()
    const call = a.world.call('start')
    call.act()
    call.fail()
    await a.clock.flush()
    t.equal(w.fate, 'cold')
  },
)

t.test('activator: an engine that is away charges no function', async (t) => {
  const a = new Activation()
  a.activator.fact('process', { k: 'lost', cause: { message: 'gone' } })
  const w = a.request()
  await a.clock.pass(5_000)
  t.equal(w.fate, 'waiting')
  t.strictSame(a.world.asked, [])
  a.activator.fact('process', { k: 'synced' })
  await a.clock.flush()
  t.equal(w.fate, 'cold')
})

t.test(
  'activator: a crash in flight ends the instance and the next request starts it anew',
  async (t) => {
    const a = new Activation()
    const w = a.request()
    await a.clock.pass(10_000)
    a.world.outside('exit', 'hello-1')
    await a.clock.flush()
    t.equal(a.states, 'dormant')
    t.match(a.contract.closed, [/^all/])
    w.lease?.release({ k: 'failed', code: 'UPSTREAM_CLOSED', sent: true })
    const again = a.request()
    await a.clock.flush()
    t.equal(again.fate, 'cold')
  },
)

t.test(
  'activator: patience starts a second instance for waiters that have waited long enough',
  async (t) => {
    const a = new Activation({
      functions: [functionSpec({ concurrency: 1, instances: { max: 3 } })],
    })
    a.request()
    const second = a.request()
    const third = a.request()
    await a.clock.flush()
    t.equal(a.states, 'ready')
    await a.clock.pass(999)
    t.equal(a.states, 'ready')
    await a.clock.pass(1)
    t.equal(a.states, 'ready ready ready')
    t.equal(second.fate, 'cold')
    t.equal(third.fate, 'cold')
  },
)

t.test('activator: a changed revision is made before the old one is broken', async (t) => {
  const a = new Activation()
  const w = a.request()
  await a.clock.flush()
  a.world.byHand.add('start')
  const changed = functionSpec({ revision: revisionId('r2') })
  a.reload([changed])
  await a.clock.flush()
  t.equal(a.states, 'ready starting')
  t.equal(a.request().fate, 'warm', 'the old one serves on')
  a.world.call('start').pass()
  await a.clock.flush()
  t.equal(a.states, 'draining ready')
  w.lease?.release({ k: 'done' })
})

t.test('activator: a replacing rollout ends the old revision first', async (t) => {
  const fn = functionSpec({ rollout: 'replace' })
  const a = new Activation({ functions: [fn] })
  const w = a.request()
  await a.clock.flush()
  a.reload([{ ...fn, revision: revisionId('r2') }])
  const held = a.request()
  await a.clock.flush()
  t.equal(a.states, 'draining')
  t.equal(held.fate, 'waiting')
  w.lease?.release({ k: 'done' })
  await a.clock.flush()
  t.equal(held.fate, 'cold')
  t.strictSame(a.world.alive, ['hello-2'])
})

t.test('activator: closing drains, removes and ends', async (t) => {
  const a = new Activation()
  const w = a.request()
  await a.clock.flush()
  const closed = a.activator.close()
  await a.clock.flush()
  t.equal(a.world.alive.length, 1, 'what is in flight may finish')
  w.lease?.release({ k: 'done' })
  await a.clock.flush()
  await closed
  t.strictSame([...a.world.entries.keys()], [])
  t.equal(a.request().fate, 'refused CLOSING')
})

t.test(
  'activator: an instance removed while it starts is made anew, not started again',
  async (t) => {
    for (const verb of ['start', 'create'] as const) {
      const a = new Activation()
      a.world.byHand.add('start')
      a.request()
      await a.clock.flush()
      if (verb === 'start') a.world.outside('remove', 'hello-1')
      else a.world.entries.delete('hello-1')
      await a.clock.flush()
      a.world.call('start').fail()
      a.world.byHand.clear()
      await a.clock.pass(1_000)
      t.equal(a.states, '', 'it does not exist')
      const again = a.request()
      await a.clock.flush()
      t.equal(again.fate, 'cold')
      t.strictSame(a.world.alive, ['hello-2'])
    }
  },
)

t.test('activator: one found gone when it is to be stopped has stopped', async (t) => {
  const a = new Activation()
  const w = a.request()
  await a.clock.flush()
  w.lease?.release({ k: 'done' })
  a.world.byHand.add('pause')
  await a.clock.pass(30_000)
  a.world.entries.delete('hello-1')
  a.world.call('pause').fail()
  await a.clock.flush()
  t.equal(a.states, '')
})
