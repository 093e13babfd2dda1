/** Promises about what follows what: after a failure nobody is left waiting and nothing is tried for a while. */

import { LIMITS } from './true-limits.ts'
import type { InstanceStatus } from '../../src/domain/status.ts'
import { type Watcher, begin } from './moment.ts'
import { KeptPromises } from './kept-promises.ts'
import { RestPromises } from './rest-promises.ts'
import type { Scene, Step } from './scene.ts'
import { WorkPromises } from './work-promises.ts'

const RISING = new Set(['preparing', 'starting', 'probing'])
const SERVING = new Set(['new', 'starting', 'probing', 'ready', 'resuming', 'paused', 'pausing'])

export class History {
  readonly #scene: Scene
  #before: readonly InstanceStatus[] = []
  #asked = 0
  /** When the last start came to nothing. */
  #failedAt = -Infinity
  /** The last thaw of what a stranger froze, by handle. */
  readonly #frozen = new Map<string, { run: string; at: number }>()
  #logged = 0
  #backoffMs = 0
  /** When a run was first ready, and when it became so last. */
  readonly #readySince = new Map<string, number>()
  readonly #readyLast = new Map<string, number>()
  #broken: string | undefined
  readonly #watchers: readonly Watcher[] = [
    new RestPromises(),
    new WorkPromises(),
    new KeptPromises(),
  ]
  #over: ReturnType<typeof begin>
  /** Where the rest begins: what was ready then, and the length of the journal. */
  #rest: { ready: readonly string[]; from: number } = { ready: [], from: 0 }
  /** Calls made until everything has settled. */
  #settled = 0

  constructor(scene: Scene) {
    this.#scene = scene
    this.#over = begin(scene)
  }

  before(): void {
    const { a, instances } = this.#scene
    this.#before = instances
    this.#asked = a.world.asked.length
    this.#logged = a.log.length
    this.#backoffMs = a.activator.status()[0]?.backoffMs ?? 0
    this.#over = begin(this.#scene)
  }

  after(step: Step): void {
    const { a, instances } = this.#scene
    const now = a.clock.now()
    for (const i of instances)
      if (i.state === 'ready' && i.run && !this.#readySince.has(i.run))
        this.#readySince.set(i.run, now)
    for (const i of instances)
      if (i.state === 'ready' && i.run && !this.#wasReady(i.id)) this.#readyLast.set(i.run, now)
    const failed = this.#before.some((was) => this.#cameToNothing(was, step))
    const cameUp = instances.some((i) => i.state === 'ready' && !this.#wasReady(i.id))
    // Another revision, or another instance that came up, ends the backoff.
    if (step === 'reload' || step === 'drain' || cameUp) this.#failedAt = -Infinity
    if (!failed) this.#noPunishment(step)
    if (failed) this.#afterFailure()
    else if (now - this.#failedAt < LIMITS.backoffMinMs) this.#noStarts()
    if (failed) this.#failedAt = now
    this.#freezes(step, now)
    // What was given up and lives on is met again as a stranger: nobody knows how long it has served.
    for (const run of this.#readyLast.keys())
      if (!instances.some((i) => i.run === run)) this.#readyLast.delete(run)
    const moment = this.#over(step)
    for (const watcher of this.#watchers) watcher.after(moment)
  }

  /** Throws when one was broken. */
  check(): void {
    if (this.#broken) throw new Error(this.#broken)
  }

  rests(): void {
    const { a, instances } = this.#scene
    const current = a.activator.status()[0]?.revision
    const isReady = (i: InstanceStatus): boolean => i.state === 'ready' && i.revision === current
    const ready = instances.filter(isReady).map((i) => i.id)
    this.#rest = { ready, from: a.world.journal.length }
  }

  /** From here on what rests is left alone. */
  settles(): void {
    this.#settled = this.#scene.a.world.asked.length
  }

  /** What is kept is not ended, only to be made anew. */
  checkSettled(): void {
    const { a, setting } = this.#scene
    const since = a.world.asked.slice(this.#settled)
    const ended = since.find((asked) => /^(create|start|stop|remove) /.test(asked))
    if (ended && setting.min === 0 && !setting.hangs) throw new Error(`${ended} at rest`)
  }

  /** What was idle was frozen first, where that can be done. */
  checkRest(): void {
    const { a, setting } = this.#scene
    const tier = a.activator.status()[0]?.pauseTier
    if (tier !== 'on' || setting.min > 0 || !setting.pauses) return
    const since = a.world.journal.slice(this.#rest.from)
    for (const id of this.#rest.ready)
      if (!since.includes(`pause ${id}`)) throw new Error(`${id} was stopped without a pause`)
  }

  #wasReady(id: string): boolean {
    return this.#before.some((i) => i.id === id && i.state === 'ready')
  }

  /** Calls made in this step. */
  get #made(): readonly string[] {
    return this.#scene.a.world.asked.slice(this.#asked)
  }

  /** It was on its way, or hardly there, and has ended though nobody asked for that. */
  #cameToNothing(was: InstanceStatus, step: Step): boolean {
    const { a, instances, astray } = this.#scene
    if (astray || !/^(fail|time|outside (exit|remove))/.test(step)) return false
    if (was.revision !== a.activator.status()[0]?.revision) return false
    const state = instances.find((i) => i.id === was.id)?.state
    const again = was.state !== 'starting' && this.#made.includes(`start ${was.id}`)
    if (state && SERVING.has(state) && !again) return false
    const proven = was.run !== undefined && a.world.proven.has(was.run)
    if (was.state === 'preparing' && (state === 'preparing' || this.#gaveWay(was, step)))
      return false
    if (RISING.has(was.state) && !proven) return true
    const readyAt = this.#readySince.get(was.run ?? '') ?? -Infinity
    const young = a.clock.now() - readyAt < LIMITS.youngMs
    const served = was.state === 'ready' || was.state === 'probing'
    const isIts = step === `outside exit ${was.id}`
    return (
      young &&
      ((served && isIts) || (was.state === 'probing' && step === `outside remove ${was.id}`))
    )
  }

  /** What nobody waits for is given up for a start that somebody waits for. */
  #gaveWay(was: InstanceStatus, step: Step): boolean {
    if (step !== 'time') return !step.endsWith(` ${was.id}`)
    const wasStarting = (id: string): boolean =>
      this.#before.some((was) => was.id === id && was.state === 'starting')
    return this.#scene.instances.some((i) => i.state === 'starting' && !wasStarting(i.id))
  }

  /** The end of a run that had served for a while is no failed start. */
  #noPunishment(step: Step): void {
    const { a } = this.#scene
    if (!/^outside (exit|remove)/.test(step) || this.#backoffMs > 0) return
    const was = this.#before.find((i) => step.endsWith(` ${i.id}`))
    const readyAt = was?.run === undefined ? undefined : this.#readyLast.get(was.run)
    if (readyAt === undefined || a.clock.now() - readyAt < LIMITS.youngMs) return
    if ((a.activator.status()[0]?.backoffMs ?? 0) > 0)
      this.#broken ??= 'the end of an old run is taken for a failed start'
  }

  #afterFailure(): void {
    const { waiting, instances } = this.#scene
    const another = instances.some((i) => SERVING.has(i.state))
    if (waiting.length > 0 && !another) this.#broken ??= 'somebody waits after the start failed'
    const [was] = this.#before
    if (was && this.#made.includes(`start ${was.id}`)) this.#broken ??= 'started again at once'
    this.#noStarts()
  }

  #noStarts(): void {
    const slept = this.#before.filter((was) => was.state === 'dormant').map(({ id }) => id)
    const isStart = (asked: string): boolean =>
      asked === 'prepare' ||
      asked.startsWith('create ') ||
      slept.some((id) => asked === `start ${id}`)
    if (this.#made.some(isStart)) this.#broken ??= 'an instance was made during backoff'
  }

  /** What a stranger froze is thawed, but not twice within a window: then it is given up, and an alarm says so. */
  #freezes(step: Step, now: number): void {
    const { a, instances, astray } = this.#scene
    const handle = step.startsWith('outside pause ') ? step.slice('outside pause '.length) : ''
    if (!handle) return
    const run = a.world.entries.get(handle)?.run ?? ''
    const thawed = this.#made.includes(`resume ${handle}`)
    const was = this.#before.find((i) => i.id === handle)?.state
    // What was given up and lives on is met again as a stranger.
    if (was === undefined) this.#frozen.delete(handle)
    const known = this.#frozen.get(handle)
    const awake = was === 'ready' || was === 'probing'
    const first = !a.world.asked.slice(0, this.#asked).includes(`resume ${handle}`)
    if (first && awake && !thawed && !astray) this.#broken ??= `${handle} was not thawed`
    const again = known?.run === run && now - known.at < LIMITS.frozenWindowMs
    if (again && thawed) this.#broken ??= `${handle} was thawed again and again`
    if (again && awake && !astray) this.#givenUp(handle, instances)
    if (thawed) this.#frozen.set(handle, { run, at: now })
  }

  #givenUp(handle: string, instances: readonly InstanceStatus[]): void {
    const state = instances.find((i) => i.id === handle)?.state
    if (state !== 'stopping')
      this.#broken ??= `${handle} is ${state} though a stranger wants it frozen`
    const told = this.#scene.a.log.slice(this.#logged).some((line) => line.startsWith('alarm'))
    if (!told) this.#broken ??= `${handle} was given up without an alarm`
  }
}
