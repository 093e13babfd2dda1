/** An image is built anew under its tag: who is served stays served, and instances of the earlier one are replaced. */

import { randomBytes } from 'node:crypto'
import t from 'tap'
import type { Test } from 'tap'

import { READY_BY_GATE, type TestGateway, startGateway } from '../support/gateway.ts'
import { type DockerWorld, type Options, onDocker } from '../support/world.ts'
import { inFlight } from '../support/in-flight.ts'

const REPO = 'coldfront-test-rebuilt'

/** A tag that can be made to stand for another image; removed at the end. */
class Tag {
  readonly name = `${REPO}:${randomBytes(4).toString('hex')}`
  readonly #world: DockerWorld

  constructor(t: Test, world: DockerWorld) {
    this.#world = world
    t.teardown(async () => {
      const { docker } = world.engine
      await docker
        .getImage(this.name)
        .remove()
        .catch(() => undefined)
      const left = await docker.listImages({ filters: { label: [`build=${this.name}`] } })
      for (const { Id } of left)
        await docker
          .getImage(Id)
          .remove({ force: true })
          .catch(() => undefined)
    })
  }

  /** As `docker build -t` does: the same content with another label is another image. */
  async build(build: string, changes: Options = {}): Promise<void> {
    const { docker } = this.#world.engine
    const from = await docker.createContainer({
      Image: await this.#world.engine.image('node'),
      Labels: { ...this.#world.engine.labels },
    })
    const [repo, tag] = this.name.split(':')
    const Env = [`BUILD=${build}`]
    await from.commit({ repo, tag, changes: `LABEL build=${this.name}`, ...changes, Env } as object)
    await from.remove()
  }
}

async function start(t: Test, world: DockerWorld, options: Options = {}) {
  const tag = new Tag(t, world)
  await tag.build('one')
  const text = { functions: { app: world.app({ image: tag.name, ...options }) } }
  const gateway = await startGateway(t, world, text)
  return { tag, gateway, text }
}

async function buildOf(gateway: TestGateway): Promise<string> {
  const { text } = await gateway.ask('/env?names=BUILD')
  return (JSON.parse(text) as { BUILD: string }).BUILD
}

await onDocker(t, {
  'image rebuilt under its tag: the instance that serves is replaced when the new one is ready':
    async (t, world) => {
      const { gateway, tag } = await start(t, world, { env: {} })
      t.equal(await buildOf(gateway), 'one')
      const client = await inFlight(gateway)
      const [first] = (await gateway.status()).instances
      await tag.build('two')
      await gateway.until('state', 'app', (e) => e.to === 'ready' && e.instance !== first?.id)
      t.equal(await buildOf(gateway), 'two')
      await gateway.direct('/open?name=', 'app', first?.id)
      await client.through('open\n')
      await gateway.until('state', 'app', (e) => e.to === 'stopped' && e.instance === first?.id)
      const { instances } = await gateway.status()
      t.equal(instances.length, 1, 'the earlier one is removed')
      t.strictSame(gateway.log.all('alarm'), [])
    },

  'image rebuilt under its tag: requests are answered all along': async (t, world) => {
    const { gateway, tag } = await start(t, world)
    await gateway.who()
    const over = new AbortController()
    const seen: string[] = []
    const asking = (async () => {
      while (!over.signal.aborted) seen.push(await buildOf(gateway))
    })()
    await tag.build('two')
    await gateway.state('stopped')
    over.abort()
    await asking
    const changes = seen.filter((build, i) => build !== seen[i - 1])
    t.strictSame(changes, ['one', 'two'])
  },

  'image rebuilt under its tag: a kept container of the earlier one is not started again': async (
    t,
    world,
  ) => {
    const idle = { pauseAfter: 'never', stopAfter: '100ms' }
    const { gateway, tag } = await start(t, world, { idle })
    t.equal(await buildOf(gateway), 'one')
    await gateway.state('dormant')
    await tag.build('two')
    await gateway.state('stopped')
    t.equal(await buildOf(gateway), 'two')
  },

  'image rebuilt under its tag: a paused one is ended, and the next request gets the new one':
    async (t, world) => {
      const { gateway, tag } = await start(t, world, { idle: { pauseAfter: '100ms' } })
      t.equal(await buildOf(gateway), 'one')
      await gateway.until('paused')
      await tag.build('two')
      await gateway.state('stopped')
      t.equal(await buildOf(gateway), 'two')
    },

  'image rebuilt under its tag: one that does not come up leaves the earlier one serving': async (
    t,
    world,
  ) => {
    const { gateway, tag } = await start(t, world, READY_BY_GATE)
    const first = gateway.who()
    await gateway.open('ready')
    await first
    await tag.build('two', { changes: 'CMD ["/bin/node","-e","process.exit(3)"]' })
    await gateway.until('failed')
    t.equal((await gateway.ask('/')).headers['x-coldfront-start'], 'warm')
    t.match((await gateway.status()).problem, /exited/)
  },

  'image rebuilt while no gateway runs: the next one replaces what serves': async (t, world) => {
    const { gateway, tag, text } = await start(t, world)
    const left = { ...text, shutdown: { onExit: 'leave', drainTimeout: '1s' } }
    await gateway.rewrite(left)
    await gateway.reload()
    t.equal(await buildOf(gateway), 'one')
    await gateway.close()
    await tag.build('two')
    const next = await startGateway(t, world, text, { dir: gateway.dir })
    await next.state('probing')
    t.equal((await next.ask('/')).status, 200)
    await next.state('stopped')
    t.equal(await buildOf(next), 'two')
    t.equal((await next.status()).instances.length, 1)
  },
})
