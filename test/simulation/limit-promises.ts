/**
 * What each limit of the life cycle promises, on the shortest order of events that meets it: nothing comes before its time,
 * and everything at its time. Random orders know too little of when something is due.
 */

import { functionId } from '../../src/domain/ids.ts'
import type { Verb } from '../support/fake-world.ts'
import { functionSpec } from '../support/function-spec.ts'
import { Order } from './limit-order.ts'
import { fail } from './moment.ts'
import { LIMITS } from './true-limits.ts'

/** Throws when the promise is broken. */
type Promised = () => Promise<void>

const { id: FN, idle, stop } = functionSpec()
const REFUSED = { k: 'failed', code: 'UPSTREAM_UNREACHABLE', sent: false } as const
const CUT_OFF = { k: 'failed', code: 'UPSTREAM_CLOSED', sent: true } as const
const ALONE = { concurrency: 1 }
/** Longer than any wait here. */
const PATIENT = { timeoutMs: 3_600_000, waiters: 1_000 }

function equal(is: unknown, value: unknown, what: string): void {
  if (is !== value) fail(`${what}: ${String(is)}, not ${String(value)}`)
}

const stopping = async (): Promise<Order> => {
  const order = new Order(['stop'])
  await order.idle()
  order.a.activator.stop(FN)
  await order.a.clock.flush()
  return order
}

const failedPause = async (...byHand: readonly Verb[]): Promise<Order> => {
  const order = new Order(['pause', ...byHand])
  await order.idle()
  await order.a.clock.pass(idle.pauseAfterMs)
  return order
}

const stopsAreRepeated: Promised = async () => {
  const order = await stopping()
  for (let attempt = 1; attempt < LIMITS.stopAttemptsMax; attempt += 1) {
    await order.fails('stop')
    const next = (): boolean => order.asked('stop') > attempt
    await order.after(LIMITS.stopBackoffMs * attempt, 'the next stop', next)
  }
  equal(order.a.states, 'stopping', 'before the last attempt has failed')
  await order.fails('stop')
  equal(order.a.states, '', 'after the last attempt')
  await order.a.clock.pass(stop.graceMs)
  equal(order.asked('stop'), LIMITS.stopAttemptsMax, 'attempts at stopping')
}

/** What refuses `most` connections in a row is asked again whether it is ready, and not before. */
const refusals: Promised = async () => {
  const order = new Order()
  await order.idle()
  order.a.world.byHand.add('ready')
  for (let count = 1; count <= LIMITS.refusedMax; count += 1) {
    equal(order.a.states, 'ready', `after ${count - 1} refused connections`)
    const { lease } = await order.request()
    lease?.release(REFUSED)
    await order.a.clock.flush()
  }
  equal(order.a.states, 'probing', 'after the last refused connection')
}

const pausesAreGivenUp: Promised = async () => {
  const order = await failedPause()
  for (let count = 1; count <= LIMITS.pauseFailuresMax; count += 1) {
    equal(order.a.activator.status()[0]?.pauseTier, 'on', `after ${count - 1} failed pauses`)
    await order.fails('pause')
    await order.a.clock.pass(idle.pauseAfterMs)
  }
  equal(order.a.activator.status()[0]?.pauseTier, 'off', 'after the last failed pause')
}

const grantsGoByTurns: Promised = async () => {
  const many = 2 * LIMITS.grantsPerTurnMax + 2
  const order = new Order(['ready'], functionSpec({ concurrency: many, hold: PATIENT }))
  const { clock, activator, world } = order.a
  let turn = 0
  const byTurn = new Map<number, number>()
  const ask = clock.turn.bind(clock)
  clock.turn = (fn) =>
    ask(() => {
      turn += 1
      fn()
    })
  for (let i = 0; i < many; i += 1)
    activator.hold(FN, {
      granted: () => Boolean(byTurn.set(turn, (byTurn.get(turn) ?? 0) + 1)),
      refused: () => undefined,
    })
  await clock.flush()
  world.call('ready').pass()
  await clock.flush()
  equal(Math.max(...byTurn.values()), LIMITS.grantsPerTurnMax, 'grants in one turn')
  equal(byTurn.size, 3, 'turns')
}

const backoffGrows: Promised = async () => {
  const order = new Order(['create'], functionSpec({ instances: { min: 1 } }))
  await order.a.clock.flush()
  for (let ms = LIMITS.backoffMinMs; ; ms *= 2) {
    await order.fails('create')
    const made = order.asked('create')
    const wait = Math.min(ms, LIMITS.backoffMaxMs)
    await order.after(wait, 'the next start', () => order.asked('create') > made)
    if (ms > 2 * LIMITS.backoffMaxMs) return
  }
}

const cutOffPlaceRests: Promised = async () => {
  const order = new Order([], functionSpec(ALONE))
  const { lease } = await order.request()
  const next = await order.request()
  lease?.release(CUT_OFF)
  await order.a.clock.flush()
  await order.after(LIMITS.brokenPlaceMs, 'its place', () => next.lease !== undefined)
}

const awayIsTold: Promised = async () => {
  const order = new Order()
  order.a.activator.fact('process', { k: 'lost', cause: { message: 'away' } })
  const waiter = await order.request()
  await order.a.clock.pass(functionSpec().hold.timeoutMs)
  equal(waiter.refusal?.code, 'RUNTIME_AWAY', 'whose runtime is away')
  equal(waiter.refusal?.retryAfterMs, LIMITS.engineRetryMs, 'comes again')
}

const thawedOnceInAWhile: Promised = async () => {
  for (const late of [0, 1]) {
    const order = new Order([], functionSpec({ instances: { min: 1 } }))
    await order.a.clock.flush()
    await order.outside('pause')
    equal(order.a.states, 'ready', 'frozen by a stranger')
    await order.a.clock.pass(LIMITS.frozenWindowMs - 1 + late)
    await order.outside('pause')
    const resumes = order.asked('resume')
    equal(resumes, 1 + late, `thaws, the second ${late === 0 ? 'within' : 'after'} the window`)
  }
}

const fullIsTold: Promised = async () => {
  const order = new Order(['create'], functionSpec({ hold: { waiters: 1 } }))
  await order.request()
  const { refusal } = await order.request()
  equal(refusal?.code, 'QUEUE_FULL', 'whose queue is full')
  equal(refusal?.retryAfterMs, LIMITS.fullRetryMs, 'comes again')
}

const queuesAreToldNowAndThen: Promised = async () => {
  const order = new Order(['create'])
  let told = 0
  order.a.events.subscribe({ event: ({ k }) => void (told += k === 'held' ? 1 : 0) })
  const comesAndGoes = async (): Promise<boolean> => {
    const { ticket } = await order.request()
    ticket?.leave('gone')
    return told > 1
  }
  await comesAndGoes()
  await order.a.clock.pass(LIMITS.heldEveryMs - 1)
  equal(await comesAndGoes(), false, 'a queue that fills again is told at once')
  await order.a.clock.pass(1)
  equal(await comesAndGoes(), true, 'a queue that fills again is told')
}

const looksEnd: Promised = async () => {
  const order = await failedPause('inspect')
  await order.fails('pause')
  await order.after(LIMITS.inspectMs, 'the end of a look', () => order.a.states !== 'pausing')
}

/** The second is paused and beyond its time, and needed no more once the first is free. */
const keptIsLookedAt: Promised = async () => {
  const spare = functionSpec({ ...ALONE, instances: { max: 2, spare: 1 } })
  const order = new Order([], spare)
  await order.a.clock.flush()
  const { lease } = await order.request()
  await order.a.clock.pass(idle.stopAfterMs)
  equal(order.a.states, 'ready paused', 'one in use, one spare')
  lease?.release({ k: 'done' })
  await order.after(LIMITS.keptLookMs, 'the next look', () => order.asked('stop hello-2') > 0)
}

const minimumIsLookedAt: Promised = async () => {
  const order = new Order([], functionSpec({ instances: { min: 1 } }))
  await order.a.clock.flush()
  const { clock } = order.a
  await clock.pass(idle.pauseAfterMs)
  equal(clock.next - clock.now(), LIMITS.rearmMs, 'the next look at the minimum, in ms')
}

const patienceIsGuessed: Promised = async () => {
  const fn = functionSpec({ ...ALONE, instances: { max: 2 }, scale: { patienceMs: 'auto' } })
  const order = new Order(['create'], fn)
  await order.request()
  await order.request()
  await order.after(LIMITS.patienceGuessMs, 'the second', () => order.asked('create') > 1)
}

const youngIsAFailure: Promised = async () => {
  for (const late of [0, 1]) {
    const order = new Order()
    await order.idle()
    await order.a.clock.pass(LIMITS.youngMs - 1 + late)
    await order.outside('exit')
    equal(order.backoffMs > 0, late === 0, `it backs off after an exit ${late} ms after its youth`)
  }
}

const strayHasGrace: Promised = async () => {
  const order = new Order()
  const { world } = order.a
  const stop = world.stop.bind(world)
  let grace = 0
  world.stop = (ref, graceMs) => {
    grace = graceMs
    return stop(ref, graceMs)
  }
  world.found('stray-1', functionSpec({ id: functionId('stray') }), 'running')
  await order.a.clock.flush()
  equal(grace, LIMITS.strayGraceMs, 'the grace of a stray')
}

/** How long a request waits when the wakes before it took so long. */
const holdFollows = async (wakeMs: number, holdMs: number): Promise<void> => {
  const hold = { auto: true, timeoutMs: LIMITS.autoHold.maxMs }
  const order = new Order(['ready'], functionSpec({ hold, readiness: { timeoutMs: 3_600_000 } }))
  const { world, clock, activator } = order.a
  const first = await order.request()
  await clock.pass(wakeMs)
  world.call('ready').pass()
  await clock.flush()
  first.lease?.release({ k: 'done' })
  activator.stop(FN)
  await clock.flush()
  const next = await order.request()
  await order.after(holdMs, 'the end of its wait', () => next.refusal !== undefined)
}

const SLOW_MS = 15_000

const holdIsLearnt: Promised = async () => {
  await holdFollows(SLOW_MS, SLOW_MS * LIMITS.autoHold.factor)
  await holdFollows(1, LIMITS.autoHold.minMs)
}

export const LIMIT_PROMISES: Readonly<Partial<Record<keyof typeof LIMITS, Promised>>> = {
  stopAttemptsMax: stopsAreRepeated,
  stopBackoffMs: stopsAreRepeated,
  stopSlackMs: async () => {
    const order = await stopping()
    const late = stop.graceMs + LIMITS.stopSlackMs + LIMITS.stopBackoffMs
    await order.after(late, 'the second stop', () => order.asked('stop') > 1)
  },
  pauseMs: async () => {
    const order = await failedPause()
    await order.after(LIMITS.pauseMs, 'a look', () => order.asked('inspect') > 0)
  },
  resumeMs: async () => {
    const order = new Order(['resume'])
    await order.idle()
    await order.a.clock.pass(idle.pauseAfterMs)
    await order.request()
    await order.after(LIMITS.resumeMs, 'its end', () => order.asked('stop') > 0)
  },
  refusedMax: refusals,
  pauseFailuresMax: pausesAreGivenUp,
  grantsPerTurnMax: grantsGoByTurns,
  backoffMinMs: backoffGrows,
  backoffMaxMs: backoffGrows,
  brokenPlaceMs: cutOffPlaceRests,
  engineRetryMs: awayIsTold,
  frozenWindowMs: thawedOnceInAWhile,
  fullRetryMs: fullIsTold,
  heldEveryMs: queuesAreToldNowAndThen,
  inspectMs: looksEnd,
  keptLookMs: keptIsLookedAt,
  rearmMs: minimumIsLookedAt,
  patienceGuessMs: patienceIsGuessed,
  youngMs: youngIsAFailure,
  strayGraceMs: strayHasGrace,
  autoHold: holdIsLearnt,
}
