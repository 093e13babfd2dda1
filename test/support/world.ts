/** The two real runtimes as tests see them: how a function is declared, signalled and looked at on each. */

import { randomBytes } from 'node:crypto'

import type { Test } from 'tap'

import { APP } from './command-function.ts'
import { type TestEngine, engineOrSkip } from './engine.ts'

/** Options as `gateway.yaml` has them. */
export type Options = Readonly<Record<string, unknown>>

/** What test/support/app.mjs says of itself. */
export interface Who {
  readonly pid: number
  readonly host: string
  readonly startedAt: number
  readonly requests: number
}

/** One word for the run that answered. */
export function whoIs({ text }: { readonly text: string }): string {
  const { host, pid, startedAt } = JSON.parse(text) as Who
  return `${host}/${pid}/${startedAt}`
}

export interface World {
  readonly name: 'process' | 'docker'
  /** An instance that was stopped is kept and can be started again. */
  readonly keepsStopped: boolean
  /** Options of the gateway that the runtime needs. */
  readonly settings: Options
  /** A function that runs test/support/app.mjs; options of it beyond that. */
  app(options?: Options): Options
  /** Sends a signal to the app. */
  signal(who: Who, signal: NodeJS.Signals): Promise<void>
  /** Until nothing is left of it. */
  gone(who: Who): Promise<void>
}

export interface DockerWorld extends World {
  readonly name: 'docker'
  readonly engine: TestEngine
}

/** A behaviour by its name: a sentence. */
export type Behaviours<W extends World> = Readonly<
  Record<string, (t: Test, world: W) => Promise<void>>
>

/** Runs each behaviour on both runtimes; containers are skipped, with the reason, where there is no engine. */
export async function forEachRuntime(t: Test, behaviours: Behaviours<World>): Promise<void> {
  await onProcesses(t, behaviours)
  await onDocker(t, behaviours)
}

export async function onProcesses(t: Test, behaviours: Behaviours<World>): Promise<void> {
  await t.test('as child processes', (t) => all(t, behaviours, PROCESSES))
}

export async function onDocker(t: Test, behaviours: Behaviours<DockerWorld>): Promise<void> {
  await t.test('as containers', async (t) => {
    const engine = await engineOrSkip(t)
    if (engine) await all(t, behaviours, await dockerWorld(engine))
  })
}

async function all<W extends World>(t: Test, behaviours: Behaviours<W>, world: W): Promise<void> {
  for (const [name, behaviour] of Object.entries(behaviours))
    await t.test(name, (t) => behaviour(t, world))
}

const PROCESSES: World = {
  name: 'process',
  keepsStopped: false,
  settings: { runtime: 'process' },
  app: (options = {}) => ({ command: [process.execPath, APP], ...options }),
  signal: async ({ pid }, signal) => void process.kill(pid, signal),
  gone: (who) => processGone(who),
}

/** An engine as a world. */
export async function dockerWorld(engine: TestEngine): Promise<DockerWorld> {
  const image = await engine.image('node')
  return {
    name: 'docker',
    keepsStopped: true,
    engine,
    settings: { docker: { host: `unix://${engine.socketPath}` } },
    app: (options = {}) => ({ image, pull: 'never', labels: engine.labels, ...options }),
    signal: async ({ host }, signal) =>
      void (await engine.docker.getContainer(host).kill({ signal })),
    gone: ({ host }) => containerGone({ engine }, host),
  }
}

/** A container that was not made by any gateway, with test/support/app.mjs in it; removed at the end of the test. */
export async function existingContainer({ engine }: DockerWorld): Promise<string> {
  const name = `coldfront-test-${randomBytes(6).toString('hex')}`
  await engine.docker.createContainer({
    name,
    Image: await engine.image('node'),
    Labels: { ...engine.labels },
    HostConfig: { Init: true },
  })
  return name
}

const GONE_MAX_MS = 30_000
const GONE_STEP_MS = 20

/** Looks until it is so. */
async function becomes(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  for (const late = performance.now() + GONE_MAX_MS; performance.now() < late;) {
    if (await isTrue()) return
    await new Promise((resolve) => {
      setTimeout(resolve, GONE_STEP_MS)
    })
  }
  throw new Error(`waited for ${what}`)
}

const processGone = ({ pid }: Who): Promise<void> =>
  becomes(`process ${pid} to end`, async () => {
    try {
      return !process.kill(pid, 0)
    } catch {
      return true
    }
  })

/** Until there is no such container. */
export const containerGone = ({ engine }: Pick<DockerWorld, 'engine'>, id: string): Promise<void> =>
  becomes(`container ${id} to be removed`, () =>
    engine.docker
      .getContainer(id)
      .inspect()
      .then(
        () => false,
        () => true,
      ),
  )
