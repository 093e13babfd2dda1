/** The configuration changes again and again while requests come in at a bounded rate: none of them fails. */

import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'

import { type TestGateway, startGateway } from '../support/gateway.ts'
import type { Answered } from '../support/http-ask.ts'
import { type World, forEachRuntime } from '../support/world.ts'

const RELOADS = 10
/** Between reloads: half a minute of load on containers, and less on processes, which start faster. */
const BETWEEN_MS = { docker: 3_000, process: 800 }
/** Between two requests of one client. */
const PAUSE_MS = 10
const CLIENTS = 3

/** Clients that ask one request after the other until they are told to stop. */
class Load {
  readonly answers: Answered[] = []
  readonly faults: string[] = []
  /** Answers of an older version than one that had answered before the request was sent. */
  readonly steppedBack: string[] = []
  #newest = -Infinity
  #isOver = false
  readonly #clients: Promise<void>[]
  readonly #ask: () => Promise<Answered>

  constructor(gateway: TestGateway, fn: string) {
    this.#ask = () => gateway.ask('/env?names=VERSION', { fn })
    this.#clients = Array.from({ length: CLIENTS }, async () => {
      while (!this.#isOver) {
        await this.#once()
        await wait(PAUSE_MS)
      }
    })
  }

  async #once(): Promise<void> {
    const newest = this.#newest
    try {
      const answer = await this.#ask()
      if (answer.status === 200) this.#note(answer, newest)
      else this.faults.push(`${answer.status} ${answer.text}`)
    } catch (error) {
      this.faults.push(String(error))
    }
  }

  #note(answer: Answered, newest: number): void {
    this.answers.push(answer)
    const version = Number(versionOf(answer))
    if (version < newest) this.steppedBack.push(`${version} after ${newest}`)
    if (version > this.#newest) this.#newest = version
  }

  /** The last answer is to a request that was alone: of those before, one of a drained instance may have come last. */
  async stop(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#clients)
    await this.#once()
  }

  /** What answered, each run of the same one once. */
  get versions(): string[] {
    const all = this.answers.map(versionOf)
    return all.filter((version, i) => version !== all[i - 1])
  }
}

const versionOf = ({ text }: Answered): string => (JSON.parse(text) as { VERSION: string }).VERSION

const texts = (world: World, options: Readonly<Record<string, unknown>> = {}) => ({
  at: (version: number) => ({
    functions: {
      app: world.app({ env: { VERSION: `${version}` }, ...options }),
      calm: world.app({ env: { VERSION: 'same' } }),
    },
  }),
})

async function reloadTo(
  t: Test,
  gateway: TestGateway,
  text: Parameters<TestGateway['rewrite']>[0],
) {
  await gateway.rewrite(text)
  t.equal(await gateway.reload(), undefined)
}

const RUNS = new Set(['probing', 'ready', 'pausing', 'paused', 'resuming', 'draining', 'stopping'])

/** How many instances of `app` ran at the same time, by what was told. */
function mostAtOnce(gateway: TestGateway): number {
  const running = new Set<string>()
  let most = 0
  for (const { instance, to } of gateway.log.all('state', 'app')) {
    if (RUNS.has(to)) running.add(instance)
    else running.delete(instance)
    most = Math.max(most, running.size)
  }
  return most
}

await forEachRuntime(t, {
  'reload under load: ten changed revisions, no failed request, on the changed function or beside it':
    async (t, world) => {
      const { at } = texts(world)
      const gateway = await startGateway(t, world, at(0))
      const loads = [new Load(gateway, 'app'), new Load(gateway, 'calm')] as const
      for (let version = 1; version <= RELOADS; version += 1) {
        await wait(BETWEEN_MS[world.name])
        await reloadTo(t, gateway, at(version))
      }
      await gateway.untilStatus('only the last revision', ({ instances, revision }) =>
        instances.every((i) => i.revision === revision && i.state === 'ready'),
      )
      for (const load of loads) {
        await load.stop()
        t.strictSame(load.faults, [])
        t.ok(load.answers.length > RELOADS, `${load.answers.length} answered`)
      }
      const [changing, calm] = loads
      t.equal(changing.versions.at(-1), `${RELOADS}`)
      t.strictSame(changing.steppedBack, [], 'never back to an earlier one')
      t.strictSame(calm.versions, ['same'])
      t.equal(gateway.log.all('started', 'calm').length, 1, 'what did not change was not restarted')
      t.strictSame(gateway.log.all('alarm'), [])
    },

  'reload under load: rollout replace never runs two at once, and requests wait': async (
    t,
    world,
  ) => {
    const { at } = texts(world, { rollout: 'replace' })
    const gateway = await startGateway(t, world, at(0))
    const load = new Load(gateway, 'app')
    await gateway.until('ready')
    for (let version = 1; version <= 3; version += 1) {
      await reloadTo(t, gateway, at(version))
      await gateway.until('ready')
    }
    await gateway.ask('/')
    await load.stop()
    t.strictSame(load.faults, [])
    t.equal(load.versions.at(-1), '3')
    t.strictSame(mostAtOnce(gateway), 1)
  },

  'reload under load: a revision that does not come up leaves the old one serving, and says so':
    async (t, world) => {
      const { at } = texts(world)
      const gateway = await startGateway(t, world, at(0))
      await gateway.who()
      const load = new Load(gateway, 'app')
      const broken = texts(world, { env: { VERSION: 'broken', EXIT_AT_ONCE: '3' } }).at(1)
      await reloadTo(t, gateway, broken)
      await gateway.until('failed')
      const status = await gateway.status()
      t.match(status, { condition: 'ready', lastError: { reason: 'exited' } })
      t.match(status.problem, new RegExp(`revision ${status.revision}`))
      const [failed] = gateway.log.all('failed')
      t.match(failed?.message, /exited/)
      t.match(failed?.log.join(), /exits at once/)
      await reloadTo(t, gateway, at(2))
      await gateway.untilStatus(
        'repaired',
        ({ instances, revision, problem }) =>
          problem === undefined &&
          instances.some((i) => i.revision === revision && i.state === 'ready'),
      )
      await gateway.ask('/')
      await load.stop()
      t.strictSame(load.faults, [])
      t.notOk(load.versions.includes('broken'))
      t.equal(load.versions.at(-1), '2')
    },

  'reload: a revision that never gets ready leaves the old one serving': async (t, world) => {
    const { at } = texts(world)
    const gateway = await startGateway(t, world, at(0))
    await gateway.who()
    const load = new Load(gateway, 'app')
    const readiness = { http: '/ready', timeout: '1s' }
    await reloadTo(t, gateway, texts(world, { readiness, env: { VERSION: 'deaf' } }).at(1))
    await gateway.until('failed')
    await load.stop()
    t.strictSame(load.faults, [])
    t.strictSame(load.versions, ['0'])
    t.match(await gateway.status(), { lastError: { reason: 'port_closed' } })
  },
})
