/** The image and compose.yaml on the real engine: what is in it, a cold start through it, and its own restart. */

import { chmodSync, copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type Docker from 'dockerode'

import t, { type Test } from 'tap'
import { parse, stringify } from 'yaml'

import { composeCreate } from '../support/compose.ts'
import { type TestEngine, engineOrSkip } from '../support/engine.ts'
import { PATIENCE_MS } from '../support/event-log.ts'
import { gatewayImage } from '../support/gateway-image.ts'
import { type Answered, httpAsk } from '../support/http-ask.ts'
import { ROOT } from '../support/package.ts'
import { tempDir } from '../support/temp-dir.ts'

const MIB = 1024 * 1024
/** Beyond its base. */
const SIZE_MAX = 60 * MIB
const LOOK_MS = 50

const project = `coldfront-test-${process.pid}`

interface Composed {
  readonly gateway: Docker.Container
  ask(host: string): Promise<Answered>
  /** Until its own health check passes. */
  healthy(): Promise<void>
}

/** compose.yaml with test images, free ports and names that are on no other machine. */
async function composed(t: Test, engine: TestEngine, image: string): Promise<Composed> {
  const { docker, labels } = engine
  const app = await engine.image('node')
  const dir = tempDir(t)
  chmodSync(dir, 0o755)
  copyFileSync(join(ROOT, 'compose.yaml'), join(dir, 'compose.yaml'))
  writeConfig(dir, { image: app, port: 8080, hosts: ['made.localhost'], labels })
  const file = join(dir, 'compose.yaml')
  const change = (service: string, options: Docker.ContainerCreateOptions) => {
    const { HostConfig } = options
    if (service !== 'gateway')
      return { ...options, name: `${project}-${options.name}`, Image: app, Env: ['PORT=80'] }
    const PortBindings = { '8080/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] }
    const Binds =
      HostConfig?.Binds?.map((bind) =>
        bind
          .replace('/var/run/docker.sock:', `${engine.socketPath}:`)
          .replace('/contrib/compose:', ':'),
      ) ?? []
    // Nanoseconds; otherwise the first look would come after ten seconds.
    const Healthcheck = { Interval: 200_000_000 } as Docker.HealthConfig
    return {
      ...options,
      Image: image,
      Healthcheck,
      HostConfig: { ...HostConfig, Binds, PortBindings },
    }
  }
  const env = { DOCKER_GID: `${statSync(engine.socketPath).gid}` }
  // Before the teardown of the engine, which does not know volumes.
  t.teardown(async () => {
    const left = [docker.getContainer(`${project}-gateway-1`), docker.getVolume(`${project}_state`)]
    for (const thing of left) await thing.remove({ force: true }).catch(() => undefined)
  })
  const { gateway } = await composeCreate({ docker, file, project, labels, env, change })
  if (!gateway) throw new Error('compose.yaml has no gateway')
  return {
    gateway,
    async ask(host) {
      const { NetworkSettings } = await gateway.inspect()
      const [at] = NetworkSettings.Ports['8080/tcp'] ?? []
      return httpAsk({ host: '127.0.0.1', port: Number(at?.HostPort) }, { path: '/', host })
    },
    healthy: () => untilHealthy(gateway),
  }
}

/** contrib/compose/gateway.yaml, and one function more that the gateway makes itself. */
function writeConfig(dir: string, made: object): void {
  const config = parse(readFileSync(join(ROOT, 'contrib/compose/gateway.yaml'), 'utf8')) as {
    functions: Record<string, { container: string }>
  }
  const functions = Object.entries(config.functions).map(([name, fn]) => [
    name,
    { ...fn, container: `${project}-${fn.container}` },
  ])
  // Requests come from the engine's bridge, which is no peer that is told how it was by default.
  const all = { ...config, timing: 'all', functions: { ...Object.fromEntries(functions), made } }
  writeFileSync(join(dir, 'gateway.yaml'), stringify(all), { mode: 0o644 })
}

async function untilHealthy(container: Docker.Container): Promise<void> {
  for (const late = performance.now() + PATIENCE_MS; ;) {
    const { State } = await container.inspect()
    if (State.Health?.Status === 'healthy') return
    if (!State.Running || performance.now() > late) {
      const logs = await container.logs({ stdout: true, stderr: true })
      throw new Error(`${State.Status}, ${JSON.stringify(State.Health)}\n${String(logs)}`)
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

const startedAt = ({ text }: Answered) => (JSON.parse(text) as { startedAt: number }).startedAt

// Builds an image: half a minute on a quiet machine.
t.setTimeout(300_000)

const engine = await engineOrSkip(t)
if (engine) {
  t.test('container', async (t) => {
    const { docker } = engine
    const image = await gatewayImage(t, engine)

    t.test('image: small, not root, and holds the program alone', async (t) => {
      const info = await docker.getImage(image).inspect()
      const base = await docker.getImage(await engine.image('node')).inspect()
      t.ok(info.Size - base.Size < SIZE_MAX, `${Math.round((info.Size - base.Size) / MIB)} MiB`)
      t.match(info.Config, { User: '1000:1000', Healthcheck: { Test: ['CMD', 'node', '-e'] } })
      const look = `const fs = require('fs'); console.log(JSON.stringify([
      fs.readdirSync('/opt/coldfront').sort(), fs.existsSync('/opt/coldfront/node_modules/tap'),
      fs.statSync('/var/lib/coldfront').uid]))`
      const Entrypoint = ['node', '-e', look]
      const container = await docker.createContainer({
        Image: image,
        Entrypoint,
        Labels: { ...engine.labels },
      })
      await container.start()
      await container.wait()
      const output = (await container.logs({ stdout: true })).subarray(8).toString()
      const files = ['LICENSE', 'dist', 'node_modules', 'package.json', 'studies']
      t.strictSame(JSON.parse(output), [files, false, 1000])
    })

    t.test(
      'compose: cold starts through the gateway in a container, and its restart',
      async (t) => {
        const { gateway, ask, healthy } = await composed(t, engine, image)
        await gateway.start()
        await healthy()
        const hosts = ['whoami.localhost', 'web.localhost', 'made.localhost']
        const first = new Map<string, number>()
        for (const host of hosts) {
          const answer = await ask(host)
          t.match(answer, { status: 200, headers: { 'x-coldfront-start': 'cold' } }, host)
          first.set(host, startedAt(answer))
          t.match((await ask(host)).headers, { 'x-coldfront-start': 'warm' }, host)
        }
        t.equal((await ask('nobody.localhost')).status, 404)

        await gateway.restart()
        await healthy()
        for (const host of hosts) {
          const answer = await ask(host)
          t.equal(answer.status, 200)
          t.equal(startedAt(answer), first.get(host), `${host} is the same instance as before`)
        }
        const { NetworkSettings } = await docker.getContainer(`${project}-whoami`).inspect()
        const networks = Object.keys(NetworkSettings.Networks)
        t.strictSame(networks, [`${project}_functions`], 'reached by the shared network alone')
      },
    )
  })
}
