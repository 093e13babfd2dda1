/**
 * An activator over a world whose every answer is given by hand, with a menu of what may happen next and the
 * promises that must hold whatever is chosen. Promises are on the world and on those who wait, not on the table.
 */

import { isRefusal } from '../../src/domain/admission.ts'
import type { FunctionSpec } from '../../src/domain/function.ts'
import { revisionId } from '../../src/domain/ids.ts'
import type { Table } from '../../src/domain/lifecycle.ts'
import { Activation } from '../support/activation.ts'
import { FakeWorld, type Verb } from '../support/fake-world.ts'
import { functionSpec } from '../support/function-spec.ts'
import { Client } from './client.ts'
import { History } from './history.ts'
import { Neighbour } from './neighbour.ts'
import { checkPromises } from './promises.ts'
import { observed } from './rows.ts'
import type { Setting } from './setting.ts'

/** A step by name, so that a failing order can be read and replayed. */
export type Step = string

const BY_HAND: readonly Verb[] = ['create', 'start', 'ready', 'pause', 'resume', 'stop']
const HANGING: ReadonlySet<Verb> = new Set(['pause', 'resume', 'stop'])
const REFUSED = { k: 'failed', code: 'UPSTREAM_UNREACHABLE', sent: false } as const
/** The idle tiers and a day, several times over. */
const REST_MS = 10 * 86_400_000
/** Where a minimum is kept awake there is no rest; a while shows that it stays. */
const SHORT_REST_MS = 40_000
const LONGER_REST_MS = 1_200_000
/** Where something is kept, what has ended is kept for less than that. */
const REMOVE_MS = 900_000
/** More than any one step can cause, winding down included. */
const EVENTS_MAX = 5_000
/** Timers until everything is at rest and closed. */
const FIRES_MAX = 1_000
const ROUNDS_MAX = 80

export interface SceneParts {
  readonly setting: Setting
  readonly table: Table
  /** What the activator is told instead of the setting, for limits that are off by one. */
  readonly told?: Partial<Setting>
}

export class Scene {
  readonly a: Activation
  readonly setting: Setting
  readonly clients: Client[] = []
  /** Promises that were broken in a callback. */
  readonly broken: string[] = []
  /** Connects refused in a row, by run and probe. */
  readonly refusals = new Map<string, number>()
  /** Handles of what was made though the command was said to have failed: only a list tells of it. */
  readonly unheard = new Set<string>()
  /** Handles of what a stranger removed. */
  readonly removed = new Set<string>()
  /** Handles of what resisted every attempt at stopping: given up with an alarm, it lives on until it is met again. */
  readonly givenUp = new Set<string>()
  /** The runs of those, by handle: met again they are used, also where their place is taken by now. */
  readonly #resisted = new Map<string, string>()
  /** The runs that a stranger began or thawed, by handle: they count from then on, also above a limit. */
  readonly #strange = new Map<string, string>()
  /** A fact was lost, or taken for the doing of a command that was out, and nothing was listed since. */
  #lost = false
  readonly history: History
  readonly neighbour: Neighbour | undefined
  readonly #told: Setting
  #revision = 1
  #found = 0
  /** Rows that applied in this step. */
  #events = 0

  constructor({ setting, table, told = {} }: SceneParts) {
    const world = new FakeWorld({ pause: setting.pauses, keepStopped: setting.keeps })
    for (const verb of BY_HAND) world.byHand.add(verb)
    if (setting.removals) world.byHand.add('remove')
    const counted = observed(table, () => this.#count())
    this.setting = setting
    this.#told = { ...setting, ...told }
    this.neighbour = setting.neighbour ? new Neighbour() : undefined
    const { starts, instancesTotal: instances, waitersTotal: waiters } = this.#told
    this.a = new Activation({
      world,
      table: counted,
      starts,
      instances,
      waiters,
      functions: this.#functions,
      ...(this.neighbour && { docker: this.neighbour.world }),
    })
    this.a.events.subscribe({
      event: (e) => {
        if (e.k === 'alarm' && e.what.startsWith('it could not be stopped'))
          this.#giveUp(e.instance ?? '')
        if (e.k === 'state' && e.from === 'new') this.givenUp.delete(e.instance)
      },
    })
    this.history = new History(this)
  }

  get #functions(): readonly FunctionSpec[] {
    return this.neighbour ? [this.#fn(), this.neighbour.fn] : [this.#fn()]
  }

  #fn(): FunctionSpec {
    const { max, min, spare, prepared, concurrency, rollout, waiters } = this.#told
    const { idle } = functionSpec()
    const removeAfterMs = spare + prepared > 0 ? REMOVE_MS : idle.removeAfterMs
    return functionSpec({
      revision: revisionId(`r${this.#revision}`),
      instances: { min, max, spare, prepared },
      concurrency,
      rollout,
      idle: { tunnelAfterMs: 1_000, removeAfterMs },
      hold: { waiters },
    })
  }

  /** How long after it fell idle what has ended is kept. */
  get removeAfterMs(): number {
    return this.#fn().idle.removeAfterMs
  }

  /** Looks at what is kept are frequent where a minimum is, and rarer where a spare is. */
  get restMs(): number {
    if (this.setting.min > 0) return SHORT_REST_MS
    return this.keeps + this.setting.prepared > 0 ? LONGER_REST_MS : REST_MS
  }

  #giveUp(handle: string): void {
    this.givenUp.add(handle)
    this.#resisted.set(handle, this.a.world.entries.get(handle)?.run ?? '')
  }

  /** A run that resisted every attempt at stopping. */
  livesOn(handle: string): boolean {
    const run = this.a.world.entries.get(handle)?.run
    return run !== undefined && this.#resisted.get(handle) === run
  }

  /** A run that a stranger began or thawed. */
  isStrange(handle: string): boolean {
    const run = this.a.world.entries.get(handle)?.run
    return run !== undefined && this.#strange.get(handle) === run
  }

  /** Given up, and stops of it are out: nobody has it, and nobody asks anything of it again. */
  isOrphan(handle: string): boolean {
    const isOut = this.a.world.calls.some((c) => c.verb === 'stop' && c.handle === handle)
    return isOut && this.givenUp.has(handle)
  }

  /** A fact is late or was lost: what runs may be unknown for a while. */
  get astray(): boolean {
    return this.#lost || this.a.world.late.length > 0
  }

  /** How many stay when nobody wants anything. */
  get keeps(): number {
    return Math.min(this.setting.min + this.setting.spare, this.setting.max)
  }

  /** Nothing may go on for ever within one step. */
  #count(): void {
    this.#events += 1
    if (this.#events > EVENTS_MAX) throw new Error('events follow each other without end')
  }

  get leased(): Client[] {
    return this.clients.filter((c) => c.lease)
  }
  get waiting(): Client[] {
    return this.clients.filter((c) => c.isWaiting)
  }
  get instances() {
    return this.a.activator.status()[0]?.instances ?? []
  }

  /** What was asked for at once is on its way. */
  begin(): Promise<void> {
    return this.a.clock.flush()
  }

  /** Every step that makes sense now. */
  steps(): Step[] {
    const { world, clock } = this.a
    const { lossy, reloads, requests } = this.setting
    const steps: Step[] = []
    if (clock.next < Infinity) steps.push('time')
    if (this.clients.length < requests) steps.push('request')
    for (const of of new Set(this.leased.map((c) => c.lease?.instance)))
      steps.push(`release ${of}`, `refuse ${of}`, `touch ${of}`)
    if (this.waiting.length > 0) steps.push('leave')
    if (this.waiting.some((c) => !c.gone)) steps.push('vanish')
    for (const { verb, handle } of world.calls) steps.push(...this.#answers(verb, handle))
    for (const e of world.entries.values()) steps.push(...this.#accidents(e.ref.handle, e.phase))
    if (this.setting.keeps && world.entries.size === 0 && this.instances.length === 0)
      steps.push('found running', 'found paused', 'found exited')
    if (this.instances.length > 0) steps.push('drain')
    if (reloads) steps.push('reload')
    if (lossy && world.entries.size > 0) steps.push('relist')
    if (world.late.length > 0) steps.push('deliver')
    if (this.neighbour) steps.push(this.neighbour.isHere ? 'neighbour goes' : 'neighbour comes')
    return [...new Set(steps)]
  }

  #answers(verb: Verb, handle: string): Step[] {
    const steps = [`pass ${verb} ${handle}`, `fail ${verb} ${handle}`]
    if (verb === 'ready') return steps
    if (this.setting.lossy) steps.push(`hush ${verb} ${handle}`)
    if (this.setting.slow) steps.push(`act ${verb} ${handle}`)
    return [...steps, `lie ${verb} ${handle}`]
  }

  #accidents(handle: string, phase: string): Step[] {
    const what = [`remove ${handle}`]
    if (phase === 'running') what.push(`exit ${handle}`, `pause ${handle}`)
    if (phase === 'paused') what.push(`exit ${handle}`, `unpause ${handle}`)
    if (phase === 'exited' || phase === 'created') what.push(`start ${handle}`)
    const ways = this.setting.lossy ? ['outside', 'late', 'lost'] : ['outside']
    return ways.flatMap((way) => what.map((w) => `${way} ${w}`))
  }

  /** `known`: the same order was looked at before, up to this step. */
  async take(step: Step, known = false): Promise<void> {
    const [verb = '', what = '', handle = ''] = step.split(' ')
    const { world, clock } = this.a
    this.#events = 0
    await clock.flush()
    this.history.before()
    if (verb === 'time') clock.fire()
    else if (
      verb === 'pass' ||
      verb === 'fail' ||
      verb === 'lie' ||
      verb === 'act' ||
      verb === 'hush'
    )
      this.#answer(verb, what as Verb, handle)
    else if (verb === 'outside' || verb === 'late' || verb === 'lost')
      this.#accident(verb, what as 'exit', handle)
    else if (verb === 'found')
      world.found(`found-${(this.#found += 1)}`, functionSpec(), what as 'running')
    else this.#ask(verb, what)
    await clock.flush()
    for (const c of this.clients.filter((one) => one.isOver)) this.#forget(c)
    this.history.after(step)
    if (!known) checkPromises(this, step)
  }

  #ask(verb: string, instance: string): void {
    const { world, activator } = this.a
    const leased = this.leased.find((c) => c.lease?.instance === instance)
    if (verb === 'request') this.#request()
    else if (verb === 'release') leased?.release({ k: 'done' })
    else if (verb === 'refuse') leased?.release(REFUSED)
    else if (verb === 'touch') leased?.lease?.touch()
    else if (verb === 'leave') this.waiting[0]?.leave()
    else if (verb === 'vanish') this.waiting.find((c) => !c.gone)?.vanish()
    else if (verb === 'drain') activator.stop(functionSpec().id)
    else if (verb === 'relist') this.#relist()
    else if (verb === 'deliver') world.deliver()
    else if (verb === 'neighbour') this.neighbour?.[instance as 'comes' | 'goes'](this.a)
    else if (verb === 'reload') {
      this.#revision = 3 - this.#revision
      this.a.reload(this.#functions)
    } else throw new Error(`no step ${verb}`)
  }

  #relist(): void {
    const { world } = this.a
    world.relist()
    this.unheard.clear()
    this.#lost &&= world.late.length > 0 || world.calls.some((c) => c.verb !== 'ready')
  }

  #request(): void {
    const { activator } = this.a
    const { id } = functionSpec()
    const client = new Client(this)
    const lease = activator.take(id)
    if (lease) client.granted(lease)
    else {
      client.began()
      const { room } = this
      const answer = activator.hold(id, client)
      if (isRefusal(answer)) {
        if (answer.code.endsWith('_FULL') && room > 0)
          this.broken.push('refused beside room to wait')
        return
      }
      client.held(answer)
    }
    this.clients.push(client)
    if (this.room < 0) this.broken.push('held beyond the limit')
  }

  /** How many more may wait. */
  get room(): number {
    const { waiters, waitersTotal } = this.setting
    const others = Number(this.neighbour?.waits ?? false)
    return Math.min(waiters, waitersTotal - others) - this.waiting.length
  }

  #answer(how: 'pass' | 'fail' | 'lie' | 'act' | 'hush', verb: Verb, handle: string): void {
    const call = this.a.world.calls.find((c) => c.verb === verb && c.handle === handle)
    if (!call) return
    // What was given up and is there after all is ended without more ado.
    if (how !== 'act' && (verb === 'create' || verb === 'start')) this.givenUp.delete(handle)
    // Its answer comes before the fact of what it did.
    if (how === 'hush') this.a.world.facts = 'late'
    if (how === 'pass' || how === 'hush') call.pass()
    this.a.world.facts = 'now'
    if (how === 'pass' || how === 'hush') return
    if (how !== 'act' && (verb === 'create' || verb === 'remove')) this.unheard.add(handle)
    if (how === 'lie' || how === 'act')
      try {
        call.act()
      } catch {
        // The world had moved on: then it is an honest failure.
      }
    if (how !== 'act') call.fail()
  }

  #accident(way: 'outside' | 'late' | 'lost', what: 'exit' | 'remove', handle: string): void {
    const { world } = this.a
    if (!world.entries.has(handle)) return
    // What a stranger does while a command is out is taken for the command's doing.
    const isOut = world.calls.some((c) => c.handle === handle && c.verb !== 'ready')
    this.#lost ||= way === 'lost' || (isOut && what !== 'exit' && what !== 'remove')
    if (what === 'remove') this.removed.add(handle)
    world.facts = way === 'outside' ? 'now' : way
    world.outside(what, handle)
    world.facts = 'now'
    const isAlive = world.alive.includes(handle)
    if (isAlive) this.#strange.set(handle, world.entries.get(handle)?.run ?? '')
  }

  /** What two orders of events must share to count as the same state. */
  get key(): string {
    const { world, clock } = this.a
    const status = this.a.activator.status()[0]
    const inFlight = (id: string): number[] =>
      this.leased.filter((c) => c.lease?.instance === id).map((c) => Number(c.touched))
    return JSON.stringify([
      status?.instances.map((i) => [i.state, i.inFlight, i.revision, inFlight(i.id)]),
      status?.waiters,
      status?.backoffMs !== 0,
      status?.pauseTier,
      this.#revision,
      this.clients.map((c) => [c.gone, c.isWaiting]),
      world.calls.map((c) => [c.verb, c.handle, c.signal?.aborted]),
      [...world.entries.values()].map((e) => [e.phase, e.exit?.code, world.proven.has(e.run)]),
      world.late.length,
      [...this.refusals.values()],
      clock.armed,
      this.neighbour && [this.neighbour.isHere, this.neighbour.waits],
    ])
  }

  /** From here everything answers as it should: everybody is served, all falls asleep, and closing leaves nothing. */
  async windDown(): Promise<void> {
    const { world, clock, activator } = this.a
    this.#events = 0
    clock.firesLeft = FIRES_MAX
    world.byHand.clear()
    this.neighbour?.goes(this.a)
    for (const call of Array.from(world.calls))
      if (!this.setting.hangs || !HANGING.has(call.verb)) call.pass()
    while (world.late.length > 0) world.deliver()
    await clock.flush()
    this.#relist()
    await clock.flush()
    for (let rounds = 0; rounds < ROUNDS_MAX && this.waiting.length > 0; rounds += 1) {
      this.#releaseAll()
      await clock.pass(Math.min(60_000, Math.max(1, clock.next - clock.now())))
    }
    if (this.waiting.some((c) => !c.gone)) throw new Error('somebody waits for ever')
    this.#releaseAll()
    checkPromises(this, 'quiet')
    this.history.rests()
    const { restMs } = this
    await clock.pass(restMs)
    world.relist()
    await clock.flush()
    this.history.settles()
    await clock.pass(restMs)
    checkPromises(this, 'rest')
    const end = { closed: false }
    void activator.close().then(() => (end.closed = true))
    for (let rounds = 0; rounds < ROUNDS_MAX && !end.closed; rounds += 1) await clock.pass(10_000)
    if (!end.closed) throw new Error('closing never ends')
    await clock.flush()
    checkPromises(this, 'closed')
  }

  #releaseAll(): void {
    for (const c of this.leased) c.release({ k: 'done' })
    for (const c of this.clients.filter((one) => one.isOver)) this.#forget(c)
  }

  #forget(client: Client): void {
    this.clients.splice(this.clients.indexOf(client), 1)
  }
}
