import t from 'tap'
import { GUARDS, type View } from '../../../src/domain/guard.ts'
import { type Row, TABLE, transition } from '../../../src/domain/lifecycle.ts'
import { STATES, type State } from '../../../src/domain/state.ts'

const QUIET: View = {
  inFlight: 0,
  pauseTier: true,
  atMinimum: false,
  spare: false,
  prepared: false,
  wanted: false,
  proven: true,
  doubted: false,
  thawedBefore: false,
  pauseFailing: false,
  startOut: false,
  stopSpent: false,
  young: false,
  found: undefined,
}

const rowOf = (state: State, event: string, view: Partial<View> = {}): Row | undefined =>
  transition(TABLE, state, event as never, { view: () => ({ ...QUIET, ...view }) })

const entries = Object.entries(TABLE).flatMap(([state, events]) =>
  Object.entries(events).map(([event, rows]) => ({ state: state as State, event, rows })),
)

t.test(
  'life cycle: every pair ends in a row without a guard, so that none falls through',
  async (t) => {
    for (const { state, event, rows } of entries) {
      const unguarded = rows.map((row) => row.when === undefined)
      t.equal(unguarded.indexOf(true), rows.length - 1, `${state} × ${event}`)
    }
  },
)

t.test(
  'life cycle: every state with a timer has a row for its end, and no other has',
  async (t) => {
    const expiries = new Set(Object.values(STATES).flatMap((s) => (s.timer ? [s.timer.event] : [])))
    for (const [state, { timer }] of Object.entries(STATES)) {
      const known = Object.keys(TABLE[state as State]).filter((e) => expiries.has(e as never))
      t.strictSame(known, timer ? [timer.event] : [], state)
    }
  },
)

t.test(
  'life cycle: a lease is taken only from ready, and given back wherever it may live on',
  async (t) => {
    const states = Object.keys(TABLE) as State[]
    t.strictSame(
      states.filter((s) => TABLE[s].Leased),
      ['ready'],
    )
    t.strictSame(
      states.filter((s) => TABLE[s].Released),
      ['probing', 'ready', 'pausing', 'paused', 'resuming', 'draining', 'stopping'],
    )
  },
)

t.test('life cycle: every guard is used, and every state can be reached and left', async (t) => {
  const used = new Set(entries.flatMap(({ rows }) => rows.flatMap((r) => r.when ?? [])))
  t.strictSame([...used].sort(), Object.keys(GUARDS).sort())
  const reached = new Set(entries.flatMap(({ rows }) => rows.map((r) => r.to)))
  for (const state of Object.keys(TABLE) as State[])
    t.ok(state === 'new' || reached.has(state), `${state} is reached`)
})

t.test('life cycle: the first row whose guard holds is taken', async (t) => {
  t.equal(rowOf('ready', 'IdleExpired')?.to, 'pausing')
  t.equal(rowOf('ready', 'IdleExpired', { pauseTier: false })?.to, 'stopping')
  t.equal(rowOf('ready', 'IdleExpired', { atMinimum: true })?.to, 'ready')
  t.equal(rowOf('ready', 'DrainRequested')?.to, 'stopping')
  t.equal(rowOf('ready', 'DrainRequested', { inFlight: 1 })?.to, 'draining')
  t.equal(rowOf('draining', 'Released', { inFlight: 2 })?.to, 'draining')
  t.equal(rowOf('draining', 'Released', { inFlight: 1 })?.to, 'stopping')
  t.equal(rowOf('pausing', 'Paused', { wanted: true })?.to, 'resuming')
  t.equal(rowOf('pausing', 'PauseFailed', { found: 'frozen' })?.to, 'paused')
  t.equal(rowOf('pausing', 'PauseFailed', { found: 'frozen', wanted: true })?.to, 'resuming')
  t.equal(rowOf('pausing', 'PauseFailed', { found: 'running' })?.to, 'ready')
  t.match(rowOf('pausing', 'PauseFailed', { found: 'running', pauseFailing: true })?.do, [
    'note pause failure',
    'pause tier off',
  ])
  t.equal(rowOf('pausing', 'PauseFailed', { found: 'other' })?.to, 'stopping')
  t.equal(rowOf('stopping', 'Stopped', { startOut: true })?.to, 'stopping')
  t.equal(rowOf('stopping', 'Stopped')?.to, 'ended')
  t.equal(rowOf('stopping', 'StopFailed', { stopSpent: true })?.to, 'stopped')
  t.equal(rowOf('resuming', 'Resumed', { proven: false })?.to, 'probing')
  t.equal(rowOf('stopped', 'Leased'), undefined, 'a pair without rows')
})

t.test('life cycle: nothing is computed for a pair without guards', async (t) => {
  const view = (): View => {
    throw new Error('asked for a view')
  }
  t.equal(transition(TABLE, 'ready', 'Leased', { view })?.to, 'ready')
})
