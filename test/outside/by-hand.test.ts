/**
 * Somebody does something to a container by hand: what the client in flight, held ones and the next one get, for
 * containers that the gateway made and for existing ones.
 */

import type Docker from 'dockerode'
import t from 'tap'
import type { Test } from 'tap'

import { LIMITS } from '../../src/domain/limits.ts'
import { READY_BY_GATE, type TestGateway, startGateway } from '../support/gateway.ts'
import { patient } from '../support/patient.ts'
import type { RawConnection } from '../support/raw-connection.ts'
import {
  type DockerWorld,
  type Options,
  type Who,
  existingContainer,
  onDocker,
  whoIs,
} from '../support/world.ts'
import { ShiftedClock } from './shifted-clock.ts'
import { inFlight } from '../support/in-flight.ts'

interface Scene {
  readonly gateway: TestGateway
  readonly clock: ShiftedClock
  /** Who answered first. */
  readonly who: Who
  readonly container: Docker.Container
  /** Its name, where it is an existing one. */
  readonly name: string | undefined
}

type Kind = 'created' | 'existing'

/** The function: of an image, or of a container that was made for it. */
async function declared(
  world: DockerWorld,
  { kind, ...options }: { readonly kind: Kind } & Options,
): Promise<Options & { readonly container?: string }> {
  if (kind === 'created') return world.app(options)
  return { container: await existingContainer(world), port: 8080, ...options }
}

/** A gateway whose function has answered a first request, long enough ago that its end is no failed start. */
async function scene(
  t: Test,
  world: DockerWorld,
  options: { readonly kind: Kind } & Options,
): Promise<Scene> {
  const clock = new ShiftedClock()
  const app = await declared(world, options)
  const gateway = await startGateway(t, world, { functions: { app } }, { clock })
  const who = await gateway.who()
  await gateway.state('ready')
  clock.shift(LIMITS.youngMs)
  const container = world.engine.docker.getContainer(who.host)
  return { gateway, clock, who, container, name: app.container }
}

/** The answer in flight broke off: the client saw its connection end before the answer did. */
async function brokeOff(t: Test, client: RawConnection): Promise<void> {
  await client.ended()
  t.notMatch(client.unread, /0\r\n\r\n$/, 'what broke off does not look whole')
}

const quiet = (t: Test, gateway: TestGateway): void => {
  t.strictSame(gateway.log.all('alarm'), [])
  t.strictSame(gateway.log.all('failed'), [])
}

async function makeAnew({ engine }: DockerWorld, name: string): Promise<Docker.Container> {
  const Image = await engine.image('node')
  const HostConfig = { Init: true }
  return engine.docker.createContainer({ name, Image, Labels: { ...engine.labels }, HostConfig })
}

/** Nobody notices but for another start: in flight broken off, the next is answered by another run of the same container. */
async function anotherRun(
  t: Test,
  { gateway, who, container }: Scene,
  act: (c: Docker.Container) => Promise<unknown>,
): Promise<void> {
  const client = await inFlight(gateway)
  await act(container)
  await brokeOff(t, client)
  // Sooner, a request may still go out on an open connection to it, and is then told that it was lost.
  await gateway.until('state', 'app', ({ event }) => event === 'Exited')
  const next = await gateway.ask('/')
  t.equal(next.status, 200)
  t.match(JSON.parse(next.text), { host: who.host })
  t.not(whoIs(next), whoIs({ text: JSON.stringify(who) }))
  quiet(t, gateway)
}

for (const kind of ['created', 'existing'] as const) {
  await onDocker(t, {
    [`by hand, ${kind}: stopped`]: async (t, world) =>
      anotherRun(t, await scene(t, world, { kind }), (c) => c.stop({ t: 5 })),

    [`by hand, ${kind}: killed`]: async (t, world) =>
      anotherRun(t, await scene(t, world, { kind }), (c) => c.kill()),

    [`by hand, ${kind}: restarted`]: async (t, world) =>
      anotherRun(t, await scene(t, world, { kind }), (c) => c.restart({ t: 5 })),

    [`by hand, ${kind}: killed while somebody waits for it to be ready`]: async (t, world) => {
      const app = await declared(world, { kind, ...READY_BY_GATE })
      const gateway = await startGateway(t, world, { functions: { app } })
      const held = gateway.ask('/')
      await gateway.state('probing')
      const { host } = JSON.parse((await gateway.direct('/')).text) as Who
      await world.engine.docker.getContainer(host).kill()
      const answer = await held
      t.equal(answer.status, 502, 'the start has failed, and who waited hears of it at once')
      t.equal(JSON.parse(answer.text).code, 'START_FAILED')
      t.match(gateway.log.all('failed'), [{ reason: 'exited' }])
    },

    [`by hand, ${kind}: started, so that the next request finds it warm`]: async (t, world) => {
      const { gateway, container, who } = await scene(t, world, { kind })
      await container.stop({ t: 5 })
      await gateway.state('dormant')
      await container.start()
      await gateway.state('ready')
      const next = await gateway.ask('/')
      t.equal(next.headers['x-coldfront-start'], 'warm')
      t.match(JSON.parse(next.text), { host: who.host })
      quiet(t, gateway)
    },

    [`by hand, ${kind}: paused, it is thawed and nobody in flight is lost; again, it is stopped`]:
      async (t, world) => {
        const { gateway, container } = await scene(t, world, { kind })
        const client = await inFlight(gateway)
        await container.pause()
        t.match(await gateway.state('resuming'), { event: 'FrozenOutside' })
        await gateway.state('ready')
        await gateway.open('')
        await client.through('open\n')
        t.equal((await gateway.ask('/')).status, 200)
        await container.pause()
        await gateway.state('dormant')
        t.match(gateway.log.all('alarm'), [{ what: /from outside/ }])
        t.equal((await gateway.ask('/')).status, 200, 'and the next one starts it again')
      },

    [`by hand, ${kind}: unpaused, the next request finds it warm`]: async (t, world) => {
      const { gateway, container } = await scene(t, world, { kind, idle: { pauseAfter: '100ms' } })
      await gateway.until('paused')
      await container.unpause()
      t.match(await gateway.state('ready'), { event: 'ThawedOutside' })
      t.equal((await gateway.ask('/')).status, 200)
      quiet(t, gateway)
    },

    [`by hand, ${kind}: stopped while it is paused`]: async (t, world) => {
      const { gateway, container } = await scene(t, world, { kind, idle: { pauseAfter: '100ms' } })
      await gateway.until('paused')
      await container.stop({ t: 5 })
      await gateway.state('dormant')
      t.equal((await gateway.ask('/')).headers['x-coldfront-start'], 'cold')
      quiet(t, gateway)
    },
  })
}

await onDocker(t, {
  'by hand, created: renamed, it stays ours': async (t, world) => {
    const { gateway, container, who } = await scene(t, world, { kind: 'created' })
    const client = await inFlight(gateway)
    await container.rename({ name: `renamed-${who.host}` })
    await gateway.open('')
    await client.through('open\n')
    const next = await gateway.ask('/')
    t.equal(next.headers['x-coldfront-start'], 'warm')
    t.match(JSON.parse(next.text), { host: who.host })
  },

  'by hand, created: removed while it serves, the next request gets another one': async (
    t,
    world,
  ) => {
    const { gateway, container, who } = await scene(t, world, { kind: 'created' })
    const client = await inFlight(gateway)
    await container.remove({ force: true })
    await brokeOff(t, client)
    const next = await gateway.ask('/')
    t.equal(next.status, 200)
    t.not(JSON.parse(next.text).host, who.host)
    quiet(t, gateway)
  },

  'by hand, created: removed while somebody waits for it to be ready': async (t, world) => {
    const app = world.app(READY_BY_GATE)
    const gateway = await startGateway(t, world, { functions: { app } })
    const held = gateway.ask('/')
    await gateway.state('probing')
    const { host } = JSON.parse((await gateway.direct('/')).text) as Who
    await world.engine.docker.getContainer(host).remove({ force: true })
    const answer = await held
    t.equal(answer.status, 502, 'the start has failed, and who waited hears of it at once')
    t.equal(JSON.parse(answer.text).code, 'START_FAILED')
    await gateway.untilStatus('the end of the backoff', ({ backoffMs }) => backoffMs === 0)
    const next = gateway.ask('/')
    await gateway.state('probing')
    await gateway.open('ready')
    t.equal((await next).status, 200)
    t.not(JSON.parse((await next).text).host, host)
    t.strictSame(gateway.log.all('alarm'), [])
  },

  'by hand, created: removed while it is paused, the next request gets another one': async (
    t,
    world,
  ) => {
    const idle = { pauseAfter: '100ms' }
    const { gateway, container, who } = await scene(t, world, { kind: 'created', idle })
    await gateway.until('paused')
    await container.remove({ force: true })
    await gateway.state('stopped')
    const next = await gateway.ask('/')
    t.equal(next.headers['x-coldfront-start'], 'cold')
    t.not(JSON.parse(next.text).host, who.host)
    quiet(t, gateway)
  },

  'prune: all stopped containers are removed, and the next requests get new ones': async (
    t,
    world,
  ) => {
    const names = ['app', 'other']
    const idle = { pauseAfter: 'never', stopAfter: '100ms' }
    const sleepers = Object.fromEntries(names.map((name) => [name, world.app({ idle })]))
    const functions = { ...sleepers, busy: world.app() }
    const clock = new ShiftedClock()
    const gateway = await startGateway(t, world, { functions }, { clock })
    const client = await gateway.client()
    client.send('GET /gate HTTP/1.1\r\nHost: busy.test\r\n\r\n')
    await client.through('waiting\n')
    const before = await Promise.all(names.map((name) => gateway.who(name)))
    for (const name of names) await gateway.state('dormant', name)
    const label = Object.entries(world.engine.labels).map(([key, value]) => `${key}=${value}`)
    const pruned = await world.engine.docker.pruneContainers({ filters: { label } })
    t.strictSame(pruned.ContainersDeleted?.length, 2)
    for (const name of names)
      await gateway.untilStatus('nothing left', ({ instances }) => instances.length === 0, name)
    const after = await Promise.all(names.map((name) => gateway.who(name)))
    for (const [i, who] of after.entries()) t.not(who.host, before[i]?.host)
    await gateway.open('', 'busy')
    await client.through('open\n')
    quiet(t, gateway)
  },

  'prune, existing: asleep, it is removed; the next request is told so, and made anew it serves':
    async (t, world) => {
      const idle = { stopAfter: '100ms' }
      const { gateway, name = '' } = await scene(t, world, { kind: 'existing', idle })
      await gateway.state('dormant')
      const label = Object.entries(world.engine.labels).map(([key, value]) => `${key}=${value}`)
      await world.engine.docker.pruneContainers({ filters: { label } })
      await gateway.state('stopped')
      const answer = await gateway.ask('/')
      t.equal(answer.status, 502)
      const failed = gateway.log.all('failed').at(-1)
      t.match(failed, { reason: 'container_missing' })
      t.ok(failed?.message.startsWith('app: '))
      t.ok(failed?.message.includes(name), 'it names the container')
      const anew = await makeAnew(world, name)
      const next = await patient(gateway)
      t.equal(next.status, 200, next.text)
      t.equal(JSON.parse(next.text).host, anew.id.slice(0, 12))
    },

  'by hand, existing: renamed, it is no longer the function’s; renamed back, it is': async (
    t,
    world,
  ) => {
    const { gateway, container, name = '' } = await scene(t, world, { kind: 'existing' })
    await container.rename({ name: `${name}-away` })
    await gateway.state('stopped')
    const answer = await gateway.ask('/')
    t.equal(answer.status, 502)
    t.match(gateway.log.all('failed').at(-1), { reason: 'container_missing' })
    await container.rename({ name })
    await gateway.state('ready')
    t.equal((await gateway.ask('/')).status, 200)
  },

  'by hand, existing: made anew under its name, it serves under its new id': async (t, world) => {
    const { gateway, container, who, name = '' } = await scene(t, world, { kind: 'existing' })
    const client = await inFlight(gateway)
    await container.remove({ force: true })
    await brokeOff(t, client)
    await world.gone(who)
    const anew = await makeAnew(world, name)
    const next = await gateway.ask('/')
    t.equal(next.status, 200, next.text)
    t.equal(JSON.parse(next.text).host, anew.id.slice(0, 12))
  },

  'docker compose up: recreated under its name with another id, in the order of compose': async (
    t,
    world,
  ) => {
    const { gateway, container, name = '' } = await scene(t, world, { kind: 'existing' })
    const client = await inFlight(gateway)
    const anew = await makeAnew(world, `${name}-tmp`)
    await container.stop({ t: 5 })
    await brokeOff(t, client)
    await container.remove()
    await anew.rename({ name })
    await anew.start()
    const next = await gateway.ask('/')
    t.equal(next.status, 200, next.text)
    t.equal(JSON.parse(next.text).host, anew.id.slice(0, 12))
    t.strictSame(gateway.log.all('alarm'), [])
  },
})
