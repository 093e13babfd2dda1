/** What must hold after every step, at rest and at the end, whatever happened before. */

import { LIMITS } from './true-limits.ts'
import type { State } from '../../src/domain/state.ts'
import type { Verb } from '../support/fake-world.ts'
import { fail } from './moment.ts'
import type { Scene } from './scene.ts'

export type When = 'quiet' | 'rest' | 'closed' | (string & {})

/** Throws when a promise is broken. */
export function checkPromises(scene: Scene, when: When): void {
  for (const promise of EVER) promise(scene)
  if (when === 'rest') for (const promise of AT_REST) promise(scene)
  if (when === 'closed') for (const promise of CLOSED) promise(scene)
}

type Promised = (scene: Scene) => void

const noCallback: Promised = ({ broken }) => {
  if (broken[0]) fail(broken[0])
}

const noHole: Promised = ({ a }) => {
  const hole = a.log.find((line) => line.startsWith('alarm: no row'))
  if (hole) fail(hole)
}

const IDLE: ReadonlySet<State> = new Set(['preparing', 'dormant', 'stopped'])

const noLeak: Promised = (scene) => {
  const { a, instances, astray, givenUp } = scene
  const busy = a.world.calls.some((c) => c.verb !== 'ready')
  if (busy || astray) return
  const running = instances.filter((i) => !IDLE.has(i.state))
  const alive = a.world.alive.filter((handle) => !givenUp.has(handle))
  if (alive.length > running.length) fail(`${alive.join(' ')} runs unknown`)
}

/** What is there is known, and is what it is taken for, unless a command is out or a fact went astray. */
const worldAgrees: Promised = (scene) => {
  const { a, instances, astray, unheard, givenUp } = scene
  if (astray) return
  const isOut = (handle: string): boolean =>
    a.world.calls.some((c) => c.handle === handle && STARTING.has(c.verb))
  const isStopped = (handle: string): boolean =>
    a.world.calls.some((c) => c.handle === handle && c.verb === 'stop')
  for (const [handle, { phase }] of a.world.entries)
    if (
      !givenUp.has(handle) &&
      !isOut(handle) &&
      !isStopped(handle) &&
      !unheard.has(handle) &&
      !instances.some((i) => i.id === handle)
    )
      fail(`${handle} is ${phase}, and nobody knows it`)
  for (const { id, state } of instances) {
    const phases = PHASES[state]
    const phase = a.world.entries.get(id)?.phase ?? 'gone'
    if (state === 'stopping' && a.log.findLast(saidOf(id, 'stopping')) === `${id} starting`)
      continue
    if (phases && !isOut(id) && !phases.includes(phase))
      fail(`${id} is taken for ${state}: ${phase}`)
  }
}

/** Calls that change what exists. */
const STARTING: ReadonlySet<Verb> = new Set(['create', 'start', 'remove'])

/** Lines of the log that tell of another state than this one. */
const saidOf =
  (id: string, but: State) =>
  (line: string): boolean =>
    line.startsWith(`${id} `) && line !== `${id} ${but}`

const PHASES: Readonly<Partial<Record<State, readonly string[]>>> = {
  probing: ['running'],
  ready: ['running'],
  draining: ['running'],
  pausing: ['running', 'paused'],
  paused: ['paused'],
  resuming: ['running', 'paused'],
  stopping: ['running', 'paused'],
  dormant: ['created', 'exited'],
}

/** Stops are asked of what is to stop; a start waits for the stop before it. */
const STOPPABLE: ReadonlySet<State | undefined> = new Set([
  'stopping',
  'dormant',
  'starting',
  undefined,
])

const stopsAreMeant: Promised = (scene) => {
  const { a, instances, astray, givenUp } = scene
  // What hangs while the scene winds down may be of an earlier run.
  if (astray || a.world.byHand.size === 0) return
  for (const { verb, handle } of a.world.calls) {
    if (givenUp.has(handle)) continue
    const state = instances.find((i) => i.id === handle)?.state
    if (verb === 'stop' && !STOPPABLE.has(state))
      fail(`a stop of ${handle} is out, which is ${state}`)
  }
}

/** Who starts an instance waits for the end of the start. */
const startsAreKnown: Promised = (scene) => {
  const { a, instances, astray, removed, givenUp } = scene
  if (astray) return
  const isKnown = (handle: string): boolean =>
    removed.has(handle) || givenUp.has(handle) || instances.some((i) => i.id === handle)
  for (const { verb, handle } of a.world.calls)
    if ((verb === 'create' || verb === 'start') && !isKnown(handle))
      fail(`${verb} ${handle} is out, and nobody knows it`)
}

/** What drains has something in flight. */
const drainsForSomebody: Promised = ({ instances }) => {
  const vain = instances.find((i) => i.state === 'draining' && i.inFlight === 0)
  if (vain) fail(`${vain.id} drains, and nothing is in flight`)
}

const atMostMax: Promised = (scene) => {
  const { a, instances, astray, setting } = scene
  if (astray) return
  // Given up while its start was out, and started after all: nobody has it any more, and its end is on its way.
  const isEnding = (handle: string): boolean =>
    !instances.some(({ id }) => id === handle) &&
    a.world.calls.some(
      ({ verb, handle: of }) => (verb === 'stop' || verb === 'remove') && of === handle,
    )
  const isCounted = (handle: string): boolean =>
    !scene.livesOn(handle) && !scene.isStrange(handle) && !isEnding(handle)
  const alive = a.world.alive.filter(isCounted).length
  // What is found running is taken over, also where its place is in use by now.
  const isFound = a.world.alive.some((handle) => handle.startsWith('found'))
  const others = isFound ? 0 : (scene.neighbour?.world.alive.length ?? 0)
  const revisions = new Set(instances.map((i) => i.revision)).size
  const both = setting.rollout === 'overlap' && setting.reloads
  if (alive > setting.max * (both ? Math.max(2, revisions) : 1)) fail(`${alive} run, above max`)
  if (alive + others > setting.instancesTotal) fail(`${alive} run, above the host's total`)
}

const startsBounded: Promised = ({ a, setting }) => {
  const out = a.world.calls.filter(
    (c) => (c.verb === 'create' || c.verb === 'start') && !c.signal?.aborted,
  )
  if (out.length > setting.starts) fail(`${out.length} starts are out`)
}

const stopsBounded: Promised = ({ a }) => {
  const stops = new Map<string, number>()
  for (const asked of a.world.asked) {
    const [verb, handle = ''] = asked.split(' ')
    if (verb === 'start') stops.delete(handle)
    if (verb !== 'stop') continue
    stops.set(handle, (stops.get(handle) ?? 0) + 1)
  }
  for (const [handle, count] of stops)
    if (count > 2 * LIMITS.stopAttemptsMax) fail(`${handle} was stopped ${count} times`)
}

const nobodyWaitsBesideRoom: Promised = ({ a, setting }) => {
  const status = a.activator.status()[0]
  const room = status?.instances.some(
    (i) => i.state === 'ready' && i.inFlight < setting.concurrency,
  )
  if (room && status && status.waiters > 0) fail('somebody waits although there is room')
}

const countsAgree: Promised = ({ a, leased, waiting, instances, astray }) => {
  const status = a.activator.status()[0]
  if (!status) return
  if (status.waiters !== waiting.length) fail(`${status.waiters} waiters, ${waiting.length} wait`)
  // One that was found gone may be taken for new by a fact that comes late.
  if (astray) return
  for (const i of instances) {
    const mine = leased.filter((c) => c.lease?.instance === i.id && c.lease?.run === i.run).length
    if (i.run && i.inFlight !== mine) fail(`${i.id} counts ${i.inFlight}, ${mine} in flight`)
  }
}

/** Who waits has something to wait for: a call, a timer, an exchange in flight, an instance on its way. */
const somethingIsAwaited: Promised = ({ a, waiting, leased }) => {
  const awaited = a.world.calls.length + leased.length > 0 || a.clock.next < Infinity
  if (waiting.length > 0 && !awaited) fail('somebody waits for nothing')
}

/** Nothing is tried again and again without a pause. */
const noHotLoop: Promised = ({ a }) => {
  const { length } = a.world.asked
  if (length > CALLS_MAX) fail(`${length} calls were made`)
}

/** More than any order of a few steps can need. */
const CALLS_MAX = 400

const CALLS: Readonly<Partial<Record<State, readonly Verb[]>>> = {
  preparing: ['create'],
  starting: ['create', 'start', 'stop'],
  probing: ['ready'],
  pausing: ['pause'],
  resuming: ['resume'],
}

/** An instance on its way has a call out that will end it. */
const callsAreOut: Promised = ({ a, instances }) => {
  if (a.world.byHand.size === 0) return
  for (const { id, state } of instances) {
    const verbs = CALLS[state]
    const out = a.world.calls.some(
      (c) => c.handle === id && verbs?.includes(c.verb) && !c.signal?.aborted,
    )
    if (verbs && !out) fail(`${id} is ${state}, and nothing is out`)
    const ending = a.world.calls.some((c) => c.handle === id && ENDING.has(c.verb))
    const since = a.world.journal.lastIndexOf(`start ${id}`)
    const stopped = a.world.journal.lastIndexOf(`stop ${id}`) > since
    if (state === 'stopping' && !ending && !stopped) fail(`${id} is stopping, and nothing is out`)
  }
}

const ENDING: ReadonlySet<Verb> = new Set(['create', 'start', 'stop'])

/** A start or a probe that is no longer wanted has been told so. */
const unwantedIsAborted: Promised = ({ a, instances }) => {
  for (const { verb, handle, signal } of a.world.calls) {
    const state = instances.find((i) => i.id === handle)?.state
    const making = state === 'starting' || (verb === 'create' && state === 'preparing')
    const wanted = verb === 'ready' ? state === 'probing' : making
    if (signal && !wanted && !signal.aborted) fail(`${verb} ${handle} goes on while it is ${state}`)
  }
}

/** Exchanges with a run that is over have been reset. */
const overIsReset: Promised = ({ a, leased, instances }) => {
  for (const { lease } of leased) {
    if (!lease || instances.some((i) => i.run === lease.run)) continue
    if (!a.contract.closed.includes(`all ${lease.run}`)) fail(`${lease.run} is over and not reset`)
  }
}

/** Idle connections are closed before a pause, or the next exchange is lost on one. */
const idleIsClosed: Promised = ({ a }) => {
  const { journal } = a.world
  for (const [i, entry] of journal.entries())
    if (entry.startsWith('pause ') && !journal[i - 1]?.startsWith('idle '))
      fail(`${entry} with open connections`)
}

const EVER: readonly Promised[] = [
  noCallback,
  noHole,
  noLeak,
  worldAgrees,
  stopsAreMeant,
  stopsBounded,
  startsAreKnown,
  drainsForSomebody,
  atMostMax,
  startsBounded,
  nobodyWaitsBesideRoom,
  countsAgree,
  somethingIsAwaited,
  noHotLoop,
  callsAreOut,
  unwantedIsAborted,
  overIsReset,
  idleIsClosed,
  ({ history }) => history.check(),
]

const AT_REST: readonly Promised[] = [
  ({ history }) => history.checkRest(),
  ({ history }) => history.checkSettled(),
  (scene) => {
    const alive = scene.a.world.alive.filter((handle) => !scene.isOrphan(handle))
    if (scene.setting.min === 0 && alive.length > scene.keeps)
      fail(`${alive.join(' ')} never sleeps`)
  },
  (scene) => {
    const { keeps, setting } = scene
    const left = [...scene.a.world.entries.keys()].filter((handle) => !scene.isOrphan(handle))
    if (setting.min === 0 && left.length > keeps + setting.prepared)
      fail('what slept for days was not removed')
  },
  ({ a, setting }) => {
    const awake = [...a.world.entries.values()].filter((e) => e.phase === 'running')
    if (awake.length < setting.min && !setting.hangs) fail('the minimum is not kept')
  },
  ({ a, keeps, setting }) => {
    const least = setting.hangs ? 0 : Math.min(keeps, setting.instancesTotal)
    if (a.world.alive.length < least) fail('no spare is kept')
  },
  ({ a, setting }) => {
    const created = a.world.entries.size - a.world.alive.length
    if (created < Math.min(setting.prepared, setting.max - a.world.alive.length))
      fail('nothing is prepared')
  },
  ({ a, keeps, setting }) => {
    if (keeps + setting.prepared === 0 && a.clock.armed > 0)
      fail(`${a.clock.armed} timers are armed at rest`)
  },
]

const CLOSED: readonly Promised[] = [
  // What is given up while its stops hang is the sweep's at the next start of the gateway.
  (scene) => {
    const alive = scene.a.world.alive.filter((handle) => !scene.isOrphan(handle))
    if (alive.length > 0) fail(`closed, yet ${alive.join(' ')} runs`)
  },
  (scene) => {
    const left = [...scene.a.world.entries.keys()].filter((handle) => !scene.isOrphan(handle))
    if (left.length > 0) fail(`closed, yet ${left.join(' ')} is left`)
  },
  ({ a }) => {
    if (a.clock.armed > 0) fail(`closed, yet ${a.clock.armed} timers are armed`)
  },
]
