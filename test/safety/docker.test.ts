/** The engine: containers that pretend to be ours, mounts that hand over the host, calls that nobody listed. */

import { randomBytes } from 'node:crypto'
import { lstatSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'

import { ENGINE_CALLS } from '../../src/runtime/docker/calls.ts'
import { type TestEngine, engineOrSkip } from '../support/engine.ts'
import { filterEngine } from '../support/engine-filter.ts'
import { tempDir } from '../support/temp-dir.ts'
import { type Defended, type DefendedParts, defended } from './defended.ts'

const JSON_TYPE = { 'content-type': 'application/json' }

interface Spoof {
  readonly name: string
  readonly image: string
  readonly labels: Readonly<Record<string, string>>
}

/** Makes and starts a container that answers anything with its own word. */
async function pretend(engine: TestEngine, { name, image, labels }: Spoof): Promise<string> {
  const container = await engine.docker.createContainer({
    name,
    Image: image,
    Labels: { ...labels, ...engine.labels },
    HostConfig: { Init: true },
  })
  await container.start()
  return container.id
}

const unique = (): string => `coldfront-test-${randomBytes(6).toString('hex')}`

async function withEngine(
  t: Test,
  text: (image: string, labels: Readonly<Record<string, string>>) => Partial<DefendedParts['text']>,
  /** `again` starts a gateway on the state that the first has left. */
  run: (gateway: Defended, engine: TestEngine, again: () => Promise<Defended>) => Promise<void>,
): Promise<void> {
  const engine = await engineOrSkip(t)
  if (!engine) return
  const image = await engine.image('node')
  const docker = { host: `unix://${engine.socketPath}` }
  const whole = { docker, functions: {}, ...text(image, engine.labels) }
  const gateway = await defended(t, { text: whole })
  await run(gateway, engine, () => defended(t, { dir: gateway.dir, text: whole }))
}

const plain = (image: string, labels: Readonly<Record<string, string>>) => ({
  functions: { app: { image, pull: 'never', labels } },
})

const onSocket = (image: string, labels: Readonly<Record<string, string>>) => ({
  functions: { app: { image, pull: 'never', labels, socket: '/run/fn/app.sock' } },
})

const hostOf = (text: string): string => (JSON.parse(text) as { host: string }).host

const order = (gateway: Defended, fn: string, verb: string) =>
  gateway.inside(`/api/v1/functions/${fn}/${verb}`, { method: 'POST', headers: JSON_TYPE })

/** The labels of the one container that serves. */
async function servingLabels(gateway: Defended, engine: TestEngine) {
  const { text } = await gateway.ask()
  const info = await engine.docker.getContainer(hostOf(text)).inspect()
  return { info, labels: info.Config.Labels }
}

t.test(
  'spoof: containers with our labels and no signature, or a wrong one, get no traffic',
  async (t) => {
    await withEngine(t, plain, async (gateway, engine) => {
      const { info, labels } = await servingLabels(gateway, engine)
      const image = info.Config.Image
      const { 'coldfront.signature': signature = '', ...unsigned } = labels
      t.match(signature, /^[0-9a-f]{64}$/)
      const spoofed = [
        unsigned,
        { ...unsigned, 'coldfront.signature': '' },
        { ...unsigned, 'coldfront.signature': '0'.repeat(64) },
        { ...labels, 'coldfront.instance': 'app-0123456789' },
        { ...labels, 'coldfront.listening': '/tmp/evil.sock' },
        { ...labels, 'coldfront.owner': 'f'.repeat(32) },
      ]
      const ids: string[] = []
      for (const claim of spoofed)
        ids.push(await pretend(engine, { name: unique(), image, labels: claim }))
      await order(gateway, 'app', 'stop')
      await gateway.log.until('stopped', 'app')
      for (let i = 0; i < 5; i += 1) {
        const answer = await gateway.ask()
        t.equal(answer.status, 200)
        t.notOk(
          ids.some((id) => id.startsWith(hostOf(answer.text))),
          'ours answered',
        )
      }
      t.equal((await gateway.status()).instances.filter(({ run }) => run).length, 1)
      await gateway.close()
      for (const id of ids) {
        const { State } = await engine.docker.getContainer(id).inspect()
        t.equal(State.Status, 'running', 'and nothing was done to the others')
      }
    })
  },
)

t.test('spoof: a copy of signed labels gets no traffic', async (t) => {
  await withEngine(t, plain, async (gateway, engine, again) => {
    const { info, labels } = await servingLabels(gateway, engine)
    // As `docker commit` and `docker run` of what came of it would.
    const copy = await pretend(engine, { name: unique(), image: info.Config.Image, labels })
    for (let i = 0; i < 20; i += 1)
      t.equal(hostOf((await gateway.ask()).text), info.Id.slice(0, 12), 'the first one answers')
    await order(gateway, 'app', 'stop')
    await gateway.log.until('stopped', 'app')
    for (let i = 0; i < 5; i += 1)
      t.not(hostOf((await gateway.ask()).text), copy.slice(0, 12), 'never the copy')
    await gateway.close()
    const next = await again()
    t.not(hostOf((await next.ask()).text), copy.slice(0, 12), 'nor after a restart')
    await next.close()
    t.equal((await engine.docker.getContainer(copy).inspect()).State.Status, 'running')
  })
})

t.test('engine: a whole life makes no call that is not listed', async (t) => {
  const engine = await engineOrSkip(t)
  if (!engine) return
  const filter = await filterEngine(engine.socketPath)
  t.teardown(() => filter.close())
  const image = await engine.image('node')
  const busybox = await engine.image('busybox')
  const existing = unique()
  await engine.docker.createContainer({
    name: existing,
    Image: image,
    Labels: { ...engine.labels },
  })
  const network = unique()
  await engine.docker.createNetwork({ Name: network, Labels: { ...engine.labels } })
  const shared = { pull: 'never', labels: engine.labels }
  const functions = {
    app: { ...shared, image, idle: { pauseAfter: '50ms' } },
    wiki: { container: existing },
    joined: { ...shared, image, networks: ['bridge', network] },
    kept: { ...shared, image, sandbox: true },
    broken: { ...shared, image: busybox, command: ['false'] },
    missing: { image: `127.0.0.1:1/${unique()}:none`, pull: 'missing' },
  }
  const docker = { host: `unix://${filter.socketPath}` }
  const gateway = await defended(t, { text: { docker, functions } })
  t.equal((await gateway.ask()).status, 200, 'cold')
  await gateway.log.until('paused', 'app')
  t.equal((await gateway.ask()).headers['x-coldfront-start'], 'resumed')
  for (const fn of ['wiki', 'joined', 'kept'])
    t.equal((await gateway.ask('/', { fn })).status, 200, fn)
  for (const fn of ['broken', 'missing']) t.equal((await gateway.ask('/', { fn })).status, 502, fn)
  await order(gateway, 'app', 'stop')
  await gateway.log.until('stopped', 'app')
  t.equal((await gateway.ask()).headers['x-coldfront-start'], 'cold', 'started again')
  await gateway.close()
  t.strictSame(filter.refused, [])
  const listed = new Set(ENGINE_CALLS.map(({ method, path }) => `${method} ${path}`))
  const unused = [...listed].filter((call) => !filter.seen.includes(call)).sort()
  // One that does not stop is killed; this one did. And its memory is read in the kernel's files, where those are in sight.
  const spared = ['GET /containers/*/stats', 'POST /containers/*/kill']
  t.strictSame(
    unused,
    spared.filter((call) => unused.includes(call)),
  )
})

t.test('engine: with container: alone nothing is ever made or removed', async (t) => {
  const engine = await engineOrSkip(t)
  if (!engine) return
  const filter = await filterEngine(engine.socketPath)
  t.teardown(() => filter.close())
  const name = unique()
  const made = await engine.docker.createContainer({
    name,
    Image: await engine.image('node'),
    Labels: { ...engine.labels },
  })
  const idle = { pauseAfter: '50ms', stopAfter: '500ms', removeAfter: '1s' }
  const docker = { host: `unix://${filter.socketPath}` }
  const gateway = await defended(t, {
    text: { docker, functions: { wiki: { container: name, idle } } },
  })
  t.equal((await gateway.ask('/', { fn: 'wiki' })).status, 200)
  await gateway.log.until('stopped', 'wiki')
  t.equal((await gateway.ask('/', { fn: 'wiki' })).status, 200)
  await gateway.close()
  t.strictSame(filter.refused, [])
  const forbidden = /create|DELETE|networks|images/
  t.strictSame(
    filter.seen.filter((call) => forbidden.test(call)),
    [],
  )
  t.equal((await made.inspect()).Id, made.id, 'it is still there')
})

t.test('mounts: what hands over the host is refused before anything is made', async (t) => {
  const engine = await engineOrSkip(t)
  if (!engine) return
  const dir = tempDir(t)
  const image = await engine.image('node')
  symlinkSync(engine.socketPath, join(dir, 'innocent'))
  symlinkSync('/', join(dir, 'root'))
  symlinkSync(dirname(engine.socketPath), join(dir, 'run'))
  symlinkSync(join(dir, 'state'), join(dir, 'settings'))
  const sources = ['innocent', 'root', 'run', 'settings', 'settings/token', 'root/etc']
  for (const source of sources) {
    const app = { image, pull: 'never', labels: engine.labels, volumes: [`./${source}:/x:ro`] }
    const docker = { host: `unix://${engine.socketPath}` }
    const gateway = await defended(t, { dir, text: { docker, functions: { app } } })
    const answer = await gateway.ask()
    t.equal(answer.status, 502, source)
    t.match((await gateway.status()).lastError, { reason: 'refused', message: /dangerous: true/ })
    t.notMatch(answer.text, /dangerous|docker\.sock/)
    await gateway.close()
  }
})

t.test('mounts: written plainly, it is a mistake of the file', async (t) => {
  const dir = tempDir(t)
  const sources = [
    '/',
    '//',
    '/var/../',
    '/var/run/docker.sock',
    '/run',
    '/var',
    '/etc',
    '/proc',
    '/dev',
    '/var/lib/docker',
    './state',
    './state/key',
    './state/deeper',
    '.',
  ]
  for (const source of sources) {
    const app = { image: 'x', volumes: [`${source}:/x`] }
    const starting = defended(t, { dir, text: { functions: { app } } })
    await t.rejects(starting, { name: 'ConfigError', message: /dangerous: true/ }, source)
  }
  const host = { image: 'x', networks: ['host'] }
  const starting = defended(t, { dir, text: { functions: { app: host } } })
  await t.rejects(starting, { name: 'ConfigError', message: /dangerous: true/ }, 'host network')
})

t.test(
  'sockets: nobody but the gateway and the function gets to a function’s socket',
  async (t) => {
    await withEngine(t, onSocket, async (gateway) => {
      t.equal((await gateway.ask()).status, 200)
      const { endpoint = '' } = (await gateway.status()).instances[0] ?? {}
      const around = dirname(dirname(endpoint.slice('unix:'.length)))
      t.equal((lstatSync(around).mode & 0o777).toString(8), '700', around)
    })
  },
)
