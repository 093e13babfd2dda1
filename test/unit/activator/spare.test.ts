import t from 'tap'
import { functionId, revisionId } from '../../../src/domain/ids.ts'
import type { FunctionSpec } from '../../../src/domain/function.ts'
import { parseTimeRange } from '../../../src/domain/schedule.ts'
import { Activation } from '../../support/activation.ts'
import { FakeWorld } from '../../support/fake-world.ts'
import { functionSpec } from '../../support/function-spec.ts'

type Changes = Parameters<typeof functionSpec>[0]
const spared = (changes: Changes = {}, more: Partial<FunctionSpec['instances']> = {}) =>
  functionSpec({ concurrency: 1, ...changes, instances: { max: 3, spare: 1, ...more } })

const DAY_MS = 86_400_000

t.test('spare: is made without a request, paused when idle, and kept', async (t) => {
  const a = new Activation({ functions: [spared()] })
  await a.clock.flush()
  t.equal(a.states, 'ready')
  await a.clock.pass(30_000)
  t.equal(a.states, 'paused')
  await a.clock.pass(3 * DAY_MS)
  t.equal(a.states, 'paused')
  t.equal(a.world.asked.filter((x) => x.startsWith('start')).length, 1)
})

t.test('spare: the first request resumes it, and another one is made', async (t) => {
  const a = new Activation({ functions: [spared()] })
  await a.clock.pass(60_000)
  const first = a.request()
  await a.clock.flush()
  t.equal(first.fate, 'resumed')
  t.equal(a.states, 'ready ready', 'the one that replaces it is there')
  first.lease?.release({ k: 'done' })
  await a.clock.pass(DAY_MS / 2)
  t.same(a.states, 'dormant paused', 'what is beyond need and spare has fallen asleep')
})

t.test('spare: when a request takes it as it is, another one is made', async (t) => {
  const a = new Activation({ functions: [spared()] })
  await a.clock.flush()
  const first = a.request()
  await a.clock.flush()
  t.equal(first.fate, 'warm')
  t.equal(a.states, 'ready ready')
})

t.test('spare: a burst resumes it without waiting for patience', async (t) => {
  const a = new Activation({ functions: [spared({ scale: { patienceMs: 3_600_000 } })] })
  await a.clock.pass(60_000)
  const busy = a.request()
  await a.clock.pass(60_000)
  t.equal(a.states, 'ready paused')
  const second = a.request()
  await a.clock.flush()
  t.equal(busy.fate, 'resumed')
  t.equal(second.fate, 'resumed')
})

t.test('spare: never goes beyond max', async (t) => {
  const a = new Activation({ functions: [spared({}, { max: 1 })] })
  await a.clock.pass(60_000)
  t.equal(a.states, 'paused')
  const w = a.request()
  await a.clock.flush()
  t.equal(a.states, 'ready')
  w.lease?.release({ k: 'done' })
  await a.clock.pass(DAY_MS)
  t.equal(a.states, 'paused')
})

t.test('spare: where the runtime cannot pause it stays ready', async (t) => {
  const a = new Activation({ functions: [spared()], world: new FakeWorld({ pause: false }) })
  await a.clock.pass(DAY_MS)
  t.equal(a.states, 'ready')
})

t.test('spare: is not made while a failed start is waited for', async (t) => {
  const a = new Activation({ functions: [spared()] })
  a.world.byHand.add('start')
  await a.clock.flush()
  a.world.call('start').fail()
  await a.clock.pass(999)
  t.equal(a.world.asked.filter((x) => x.startsWith('start')).length, 1)
  await a.clock.pass(1)
  t.equal(a.world.asked.filter((x) => x.startsWith('start')).length, 2)
})

t.test('spare: a changed revision replaces it', async (t) => {
  const a = new Activation({ functions: [spared()] })
  await a.clock.pass(60_000)
  a.reload([spared({ revision: revisionId('r2') })])
  await a.clock.pass(60_000)
  const [status] = a.activator.status()
  const alive = status?.instances.filter((i) => i.state === 'paused')
  t.strictSame(
    alive?.map((i) => i.revision),
    ['r2'],
  )
  t.equal(a.world.alive.length, 1)
})

t.test('spare: a reload that no longer asks for it lets it go', async (t) => {
  const a = new Activation({ functions: [spared()] })
  await a.clock.pass(60_000)
  a.reload([spared({}, { spare: 0 })])
  await a.clock.pass(600_000)
  t.strictSame(a.world.alive, [])
})

t.test('spare: its start gives way to one that somebody waits for', async (t) => {
  const other = functionSpec({ id: functionId('other') })
  const a = new Activation({ functions: [spared(), other], starts: 1 })
  a.world.byHand.add('start')
  await a.clock.flush()
  const w = a.request(other.id)
  await a.clock.flush()
  a.world.call('start').fail()
  await a.clock.flush()
  a.world.call('start').pass()
  await a.clock.flush()
  t.equal(w.fate, 'cold')
  a.world.passAll()
  await a.clock.flush()
  t.equal(a.world.alive.length, 2, 'the spare is made afterwards')
})

t.test('spare: its start is kept when somebody of its own function waits', async (t) => {
  const other = functionSpec({ id: functionId('other') })
  const a = new Activation({ functions: [spared(), other], starts: 1 })
  a.world.byHand.add('start')
  await a.clock.flush()
  const mine = a.request()
  const theirs = a.request(other.id)
  await a.clock.flush()
  a.world.call('start').pass()
  await a.clock.flush()
  t.equal(mine.fate, 'cold')
  a.world.call('start').pass()
  await a.clock.flush()
  t.equal(theirs.fate, 'cold')
})

t.test('spare: is not made while the host starts for others', async (t) => {
  const other = functionSpec({ id: functionId('other') })
  const a = new Activation({ functions: [other], starts: 8 })
  a.world.byHand.add('start')
  a.request(other.id)
  await a.clock.flush()
  a.reload([other, spared()])
  await a.clock.flush()
  t.equal(a.world.calls.length, 1)
  a.world.call('start').pass()
  await a.clock.flush()
  t.strictSame(
    a.world.calls.map((c) => c.handle),
    ['hello-2'],
  )
})

t.test('spare: a schedule says when it is kept', async (t) => {
  const a = new Activation({ functions: [] })
  const now = new Date(a.clock.wall())
  const clockText = (hours: number): string => {
    const date = new Date(now.getFullYear(), now.getMonth(), now.getDate(), now.getHours() + hours)
    return `${String(date.getHours()).padStart(2, '0')}:00`
  }
  const range = parseTimeRange(`${clockText(2)}-${clockText(4)}`)
  a.reload([spared({}, { spareAt: range ? [range] : [] })])
  await a.clock.pass(3_600_000 / 2)
  t.equal(a.states, '')
  await a.clock.pass(2 * 3_600_000)
  t.equal(a.states, 'paused')
  await a.clock.pass(2 * 3_600_000)
  t.strictSame(a.world.alive, [])
})
