/** Promises about what is asked of the world: stops have their grace and are repeated, capacity is used, what is over stays over. */

import { LIMITS } from './true-limits.ts'
import type { InstanceStatus } from '../../src/domain/status.ts'
import { functionSpec } from '../support/function-spec.ts'
import { type Moment, type Watcher, fail } from './moment.ts'

const { stop, scale } = functionSpec()
const PATIENCE_MS = scale.patienceMs === 'auto' ? Infinity : scale.patienceMs
/** After a stop that failed, the next one comes at the latest. */
const RETRY_MS = LIMITS.stopBackoffMs * LIMITS.stopAttemptsMax
/** A stop that is out has so long before it is tried again. */
const STOP_MS = stop.graceMs + LIMITS.stopSlackMs - RETRY_MS
const NOT_RUNNING: ReadonlySet<string> = new Set(['dormant', 'stopped'])
const SERVING: ReadonlySet<string> = new Set([
  'new',
  'starting',
  'probing',
  'ready',
  'pausing',
  'paused',
  'resuming',
])

export class WorkPromises implements Watcher {
  /** When each was last asked to stop, and which run of it. */
  readonly #stopped = new Map<string, { at: number; run: string }>()
  /** When a stop failed that was not repeated since. */
  readonly #failedAt = new Map<string, number>()
  /** The last state that was told, by instance. */
  readonly #told = new Map<string, string>()
  /** Those that were only to be created: nothing of them runs. */
  readonly #onlyMade = new Set<string>()

  after(m: Moment): void {
    this.#stopsHaveGrace(m)
    this.#stopsAreRepeated(m)
    this.#overStaysOver(m)
    askedOnce(m)
    lateStartsAreUndone(m)
    removedIsOver(m)
    neighbourGetsPlace(m)
    capacityIsUsed(m, this.#onlyMade)
  }

  /** What was asked to stop and has not answered is not killed before its grace is over, and some time more. */
  #stopsHaveGrace({ scene, made, kills, now }: Moment): void {
    const { calls, entries } = scene.a.world
    for (const [handle, { run }] of entries) {
      if (!made.includes(`stop ${handle}`)) continue
      const asked = this.#stopped.get(handle)
      const isOut = calls.filter((c) => c.verb === 'stop' && c.handle === handle).length > 1
      const isKnown = scene.instances.some((i) => i.id === handle)
      const isEarly = asked?.run === run && now - asked.at < STOP_MS
      if (isEarly && isOut && isKnown && kills.includes(handle))
        fail(`${handle} is killed before its time`)
      this.#stopped.set(handle, { at: now, run })
    }
  }

  #stopsAreRepeated({ scene, made, now, step }: Moment): void {
    const { calls, entries } = scene.a.world
    const handle = step.startsWith('fail stop ') ? step.slice('fail stop '.length) : undefined
    if (handle !== undefined && entries.get(handle)?.phase === 'running')
      this.#failedAt.set(handle, now)
    for (const [id, at] of this.#failedAt) {
      const isStopping = scene.instances.some((i) => i.id === id && i.state === 'stopping')
      const isOut = calls.some((c) => c.handle === id && c.verb !== 'ready')
      if (!isStopping || isOut || made.includes(`stop ${id}`)) this.#failedAt.delete(id)
      else if (now - at > RETRY_MS) fail(`${id} is not stopped again`)
    }
  }

  #overStaysOver({ scene, told }: Moment): void {
    for (const line of told) {
      const [id = '', state = ''] = line.split(' ')
      if (!id.endsWith(':')) this.#told.set(id, state)
      if (state === 'preparing') this.#onlyMade.add(id)
      else if (state !== 'stopping') this.#onlyMade.delete(id)
    }
    for (const [id, state] of this.#told)
      if (state !== 'stopped' && !scene.instances.some((i) => i.id === id))
        fail(`${id} is ${state}, and nobody has it`)
  }
}

/** The end of a start that nobody waits for any more leaves nothing. */
function lateStartsAreUndone({ scene, step, before, made }: Moment): void {
  const [how = '', verb, handle = ''] = step.split(' ')
  const there = scene.a.world.entries.get(handle)
  if (verb !== 'start' || how === 'act' || !there || how === 'outside') return
  if (how === 'late' || how === 'lost' || before.some((i) => i.id === handle)) return
  const undone = there.phase === 'created' ? `remove ${handle}` : `stop ${handle}`
  if (there.phase !== 'exited' && !made.includes(undone))
    fail(`nobody undoes the start of ${handle}`)
}

/** The same is not asked again while it is out and has time. */
function askedOnce({ scene, made }: Moment): void {
  const { calls } = scene.a.world
  for (const one of made) {
    const [verb = '', handle = ''] = one.split(' ')
    if (verb === 'stop' && made.filter((other) => other === one).length > 1)
      fail(`${one} is asked twice at once`)
    const out = calls.filter((c) => c.verb === 'resume' && c.handle === handle)
    // The one that is out may be of a run whose end nobody has heard of.
    if (verb === 'resume' && out.length > 1 && !scene.astray)
      fail(`${one} is asked while it is out`)
  }
}

/** What is being removed is not started any more. */
function removedIsOver({ scene }: Moment): void {
  const { calls } = scene.a.world
  if (scene.astray) return
  for (const { verb, handle } of calls)
    if (verb === 'remove' && calls.some((c) => c.verb === 'start' && c.handle === handle))
      fail(`${handle} is started while it is removed`)
}

/** What nobody uses ends for another function that waits for its place. */
function neighbourGetsPlace({ scene }: Moment): void {
  const { neighbour, instances, setting, waiting } = scene
  if (!neighbour?.waits || waiting.length > 0) return
  const occupying = instances.filter((i) => !NOT_RUNNING.has(i.state) && i.state !== 'preparing')
  const isIdle = ({ state, inFlight }: InstanceStatus): boolean =>
    (state === 'ready' || state === 'paused') && inFlight === 0
  const comes = occupying.some((i) => i.state === 'stopping' || i.state === 'draining')
  const idle = occupying.filter(isIdle)
  const isFull = occupying.length >= setting.instancesTotal
  if (isFull && !comes && occupying.length > setting.min && idle[0])
    fail(`${idle[0].id} idles in a place that another function waits for`)
}

/** Whoever has waited longer than patience allows has all the instances coming that the limits allow. */
function capacityIsUsed({ scene, now }: Moment, onlyMade: ReadonlySet<string>): void {
  const { a, instances, setting, astray } = scene
  const status = a.activator.status()[0]
  const oldest = Math.min(...scene.waiting.map((c) => c.since))
  if (!status || astray || status.waiters === 0 || now - oldest <= PATIENCE_MS) return
  // At one time several timers may be due, and the next of them looks again.
  if (a.clock.next <= now) return
  if ((status.backoffMs ?? 0) > 0 || instances.some((i) => i.revision !== status.revision)) return
  const inFlight = instances.reduce((sum, i) => sum + i.inFlight, 0)
  const wanted = Math.ceil((inFlight + status.waiters) / setting.concurrency)
  const serving = instances.filter((i) => SERVING.has(i.state)).length
  const isOccupying = (i: InstanceStatus): boolean =>
    !NOT_RUNNING.has(i.state) && i.state !== 'preparing' && !onlyMade.has(i.id)
  const occupied = instances.filter(isOccupying).length
  const starting = instances.filter((i) => i.state === 'starting').length
  const others = scene.neighbour?.isHere ? 1 : 0
  const room = Math.min(setting.max, setting.instancesTotal - others) - occupied
  if (serving < wanted && room > 0 && starting < setting.starts)
    fail(`${status.waiters} wait, ${serving} serve or come, and there is room for ${room}`)
}
