/** A changed configuration, applied to a gateway that serves: what did not change does not notice. */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import t from 'tap'

import { type TestGateway, startGateway } from '../support/gateway.ts'
import { type World, forEachRuntime, whoIs } from '../support/world.ts'

const GATE = 'GET /gate HTTP/1.1\r\nHost: app.test\r\n\r\n'
const EDITION = '/env?names=EDITION'

const edition = (world: World, EDITION: string, options = {}) => ({
  functions: { app: world.app({ env: { EDITION }, ...options }) },
})

const editionOf = ({ text }: { readonly text: string }): string =>
  (JSON.parse(text) as { EDITION: string }).EDITION

/** Asks one request after the other until it is told to stop; gives statuses and editions in order. */
function asking(gateway: TestGateway): { stop(): Promise<readonly [number, string][]> } {
  let stopped = false
  const answers: [number, string][] = []
  const loop = (async () => {
    while (!stopped) {
      const answer = await gateway.ask(EDITION)
      answers.push([answer.status, answer.status === 200 ? editionOf(answer) : answer.text])
    }
    return answers
  })()
  return {
    stop: () => {
      stopped = true
      return loop
    },
  }
}

/** The instance that was started first. */
const firstOf = (gateway: TestGateway) => gateway.log.all('started')[0]?.instance

await forEachRuntime(t, {
  'reload: a changed function is replaced under requests, and none of them fails': async (
    t,
    world,
  ) => {
    const gateway = await startGateway(t, world, edition(world, 'one'))
    await gateway.ask(EDITION)
    const clients = [asking(gateway), asking(gateway), asking(gateway)]
    await gateway.rewrite(edition(world, 'two', { readiness: { http: '/ready' } }))
    t.equal(await gateway.reload(), undefined)
    await gateway.until('started', 'app', ({ instance }) => instance !== firstOf(gateway))
    const { instances } = await gateway.status()
    const newer = instances.find(({ id }) => id !== firstOf(gateway))?.id
    t.equal(editionOf(await gateway.ask(EDITION)), 'one', 'the old one serves until the new can')
    await gateway.direct('/open?name=ready', 'app', newer)
    await gateway.until('stopped', 'app', ({ instance }) => instance === firstOf(gateway))
    t.equal(editionOf(await gateway.ask(EDITION)), 'two')
    for (const client of clients) {
      const answers = await client.stop()
      t.strictSame(new Set(answers.map(([status]) => status)), new Set([200]))
      const editions = answers.map(([, edition]) => edition)
      t.strictSame(editions, editions.toSorted(), 'never back to the old one')
    }
  },

  'reload: an unchanged function keeps its instance and what is in flight': async (t, world) => {
    const app = world.app()
    const gateway = await startGateway(t, world, { functions: { app } })
    const before = await gateway.ask('/')
    const client = await gateway.client()
    client.send(GATE)
    await client.through('waiting\n')
    await gateway.rewrite({ functions: { app: { ...app, concurrency: 7 }, other: world.app() } })
    await gateway.reload()
    t.match(await gateway.until('reloaded', ''), { functions: 2, changed: ['other'] })
    t.equal((await gateway.ask('/', { fn: 'other' })).status, 200)
    t.equal(whoIs(await gateway.ask('/')), whoIs(before))
    await gateway.open('')
    await client.through('open\n')
    t.equal(gateway.log.all('started', 'app').length, 1)
  },

  'reload: a changed function lets what is in flight end': async (t, world) => {
    const gateway = await startGateway(t, world, edition(world, 'one'))
    const client = await gateway.client()
    client.send(GATE)
    await client.through('waiting\n')
    await gateway.rewrite(edition(world, 'two'))
    await gateway.reload()
    await gateway.state('draining')
    t.equal(editionOf(await gateway.ask(EDITION)), 'two')
    await gateway.direct('/open', 'app', firstOf(gateway))
    await client.through('open\n')
    await gateway.until('stopped', 'app', ({ instance }) => instance === firstOf(gateway))
  },

  'reload: with "replace" the old one ends first, and requests wait meanwhile': async (
    t,
    world,
  ) => {
    const rollout = { rollout: 'replace' }
    const gateway = await startGateway(t, world, edition(world, 'one', rollout))
    const client = await gateway.client()
    client.send(GATE)
    await client.through('waiting\n')
    await gateway.rewrite(edition(world, 'two', rollout))
    await gateway.reload()
    await gateway.state('draining')
    const held = gateway.ask(EDITION)
    await gateway.held(1)
    t.equal(gateway.log.all('started').length, 1, 'never two at once')
    await gateway.open('')
    await client.through('open\n')
    const answer = await held
    t.equal(editionOf(answer), 'two')
    t.equal(answer.headers['x-coldfront-start'], 'cold')
  },

  'reload: a removed function is no longer found, and its instance ends': async (t, world) => {
    const app = world.app()
    const gateway = await startGateway(t, world, { functions: { app, other: app } })
    await gateway.ask('/')
    const client = await gateway.client()
    client.send(GATE)
    await client.through('waiting\n')
    const { instances } = await gateway.status()
    await gateway.rewrite({ functions: { other: app } })
    await gateway.reload()
    const answer = await gateway.ask('/')
    t.equal(answer.status, 404)
    t.match(JSON.parse(answer.text), { code: 'UNKNOWN_HOST' })
    await gateway.state('draining')
    await gateway.askAt(instances[0]?.endpoint ?? '', '/open')
    await client.through('open\n')
    await gateway.state('stopped')
    t.equal((await gateway.ask('/', { fn: 'other' })).status, 200)
  },

  'reload: a bad file changes nothing, and says what is wrong and where': async (t, world) => {
    const gateway = await startGateway(t, world, edition(world, 'one'))
    const before = await gateway.ask('/')
    await writeFile(join(gateway.dir, 'gateway.yaml'), 'functions:\n  app: { prot: 80 }\n')
    const message = (await gateway.reload()) ?? ''
    t.match(message, /gateway\.yaml:2:\d+/)
    t.match(message, /port/)
    t.match(await gateway.until('reload_failed', ''), { message: /gateway\.yaml:2:/ })
    const told = await gateway.admin('/api/v1/reload', 'POST')
    t.equal(told.status, 500)
    t.match(told.text, /gateway\.yaml:2:/)
    t.equal(whoIs(await gateway.ask('/')), whoIs(before))
  },

  'reload: a changed file is noticed without being told': async (t, world) => {
    const gateway = await startGateway(t, world, edition(world, 'one'))
    t.equal(editionOf(await gateway.ask(EDITION)), 'one')
    await gateway.rewrite(edition(world, 'two'))
    await gateway.until('reloaded', '')
    await gateway.until('stopped')
    t.equal(editionOf(await gateway.ask(EDITION)), 'two')
  },

  'reload: a new revision that does not start leaves the old one serving, and says so': async (
    t,
    world,
  ) => {
    const gateway = await startGateway(t, world, edition(world, 'one'))
    t.equal(editionOf(await gateway.ask(EDITION)), 'one')
    await gateway.rewrite({ functions: { app: world.app({ env: { EXIT_AT_ONCE: '3' } }) } })
    await gateway.reload()
    await gateway.until('failed')
    t.equal(editionOf(await gateway.ask(EDITION)), 'one')
    t.match(await gateway.status(), { condition: 'ready', problem: /code 3/ })
  },
})
