/** Promises about what follows what: after a failure nobody is left waiting and nothing is tried for a while. */

import { LIMITS } from '../../src/domain/limits.ts'
import type { InstanceStatus } from '../../src/domain/status.ts'
import type { Scene, Step } from './scene.ts'

const RISING = new Set(['starting', 'probing'])
const SERVING = new Set(['new', 'starting', 'probing', 'ready', 'resuming', 'paused', 'pausing'])

export class History {
  readonly #scene: Scene
  #before: readonly InstanceStatus[] = []
  #asked = 0
  /** When the last start came to nothing. */
  #failedAt = -Infinity
  /** Outside freezes, by handle. */
  readonly #frozen = new Map<string, number[]>()
  readonly #readySince = new Map<string, number>()
  #broken: string | undefined
  /** Where the rest begins: what was ready then, and the length of the journal. */
  #rest: { ready: readonly string[]; from: number } = { ready: [], from: 0 }

  constructor(scene: Scene) {
    this.#scene = scene
  }

  before(): void {
    const { a, instances } = this.#scene
    this.#before = instances
    this.#asked = a.world.asked.length
  }

  after(step: Step): void {
    const { a, instances } = this.#scene
    const now = a.clock.now()
    for (const i of instances)
      if (i.state === 'ready' && i.run && !this.#readySince.has(i.run))
        this.#readySince.set(i.run, now)
    const failed = this.#before.some((was) => this.#cameToNothing(was, step))
    const cameUp = instances.some((i) => i.state === 'ready' && !this.#wasReady(i.id))
    // Another revision, or another instance that came up, ends the backoff.
    if (step === 'reload' || step === 'drain' || cameUp) this.#failedAt = -Infinity
    if (failed) this.#afterFailure()
    else if (now - this.#failedAt < LIMITS.backoffMinMs) this.#noStarts()
    if (failed) this.#failedAt = now
    this.#freezes(step, now)
  }

  /** Throws when one was broken. */
  check(): void {
    if (this.#broken) throw new Error(this.#broken)
  }

  rests(): void {
    const { a, instances } = this.#scene
    const ready = instances.filter((i) => i.state === 'ready').map((i) => i.id)
    this.#rest = { ready, from: a.world.journal.length }
  }

  /** What was idle was frozen first, where that can be done. */
  checkRest(): void {
    const { a, setting } = this.#scene
    const tier = a.activator.status()[0]?.pauseTier
    if (tier !== 'on' || setting.min > 0) return
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
    const { a, instances, meddled } = this.#scene
    if (meddled || !/^(fail|time|outside exit)/.test(step)) return false
    if (was.revision !== a.activator.status()[0]?.revision) return false
    const state = instances.find((i) => i.id === was.id)?.state
    const again = was.state !== 'starting' && this.#made.includes(`start ${was.id}`)
    if (state && SERVING.has(state) && !again) return false
    const proven = was.run !== undefined && a.world.proven.has(was.run)
    if (RISING.has(was.state) && !proven) return true
    const readyAt = (was.run && this.#readySince.get(was.run)) || -Infinity
    const young = a.clock.now() - readyAt < LIMITS.youngMs
    return was.state === 'ready' && young && step === `outside exit ${was.id}`
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
    if (this.#made.some((asked) => asked === 'prepare' || asked.startsWith('create ')))
      this.#broken ??= 'an instance was made during backoff'
  }

  #freezes(step: Step, now: number): void {
    const handle = step.startsWith('outside pause ') ? step.slice('outside pause '.length) : ''
    if (!handle || !this.#made.includes(`resume ${handle}`)) return
    const times = [...(this.#frozen.get(handle) ?? []), now]
    this.#frozen.set(handle, times)
    const recent = times.filter((at) => now - at < LIMITS.frozenWindowMs)
    if (recent.length > 1) this.#broken ??= `${handle} was thawed again and again`
  }
}
