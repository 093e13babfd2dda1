/** The ways to an instance: its own address, a published port, a socket in a shared directory, several networks. */

import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { ask } from '../support/ask.ts'
import { containerFunction, imageFunction } from '../support/docker-subject.ts'
import { dockerTrial, failure, signal } from '../support/docker-trial.ts'
import { engineOrSkip, RUN_LABEL } from '../support/engine.ts'

const engine = await engineOrSkip(t)
if (engine) {
  const { docker, labels } = engine
  const image = await engine.image('node')
  const socket = '/run/fn/app.sock'
  const onSocket = imageFunction({
    image,
    labels,
    env: { SOCKET: socket },
    listening: { k: 'socket', path: socket },
  })

  t.test(
    'docker: a published port is on 127.0.0.1, and what accepts there may be a proxy',
    async (t) => {
      const { run } = await dockerTrial(t, engine)
      const running = await run(imageFunction({ image, labels, reach: 'published' }))
      t.match(running, { accepts: 'proxy', endpoint: { k: 'tcp', host: '127.0.0.1' } })
      t.match(JSON.parse(await ask(running.endpoint, '/')), { service: 'app' })
    },
  )

  t.test(
    'docker: reach: auto is the published port where containers have no address for us',
    async (t) => {
      const { run } = await dockerTrial(t, engine, { platform: 'darwin' })
      const running = await run(imageFunction({ image, labels }))
      t.match(running, { accepts: 'proxy', endpoint: { host: '127.0.0.1' } })
    },
  )

  t.test('docker: a function on a unix socket is reached in a directory of its own', async (t) => {
    const { placer, parts, run } = await dockerTrial(t, engine)
    const running = await run(onSocket)
    t.match(running, { accepts: 'app', endpoint: { k: 'unix' } })
    t.match(JSON.parse(await ask(running.endpoint, '/')), { requests: 1 })
    t.match(JSON.parse(await ask(running.endpoint, '/env?names=PORT')), { PORT: null })
    t.equal((await stat(parts.runDir)).mode & 0o777, 0o700, 'nobody else gets in')
    await placer.stop(running.ref, 1_000)
    await placer.remove(running.ref)
    const path = running.endpoint.k === 'unix' ? running.endpoint.path : ''
    await t.rejects(stat(path), { code: 'ENOENT' })
  })

  t.test(
    'docker: a socket left by a killed run does not keep the next one from listening',
    async (t) => {
      const { placer, run } = await dockerTrial(t, engine)
      const running = await run(onSocket)
      await ask(running.endpoint, '/')
      t.same(await placer.start(onSocket, running.ref, signal()), running, 'a live one is kept')
      await ask(running.endpoint, '/')
      await placer.stop(running.ref, 0)
      const path = running.endpoint.k === 'unix' ? running.endpoint.path : ''
      await writeFile(path, '')
      const again = await placer.start(onSocket, running.ref, signal())
      t.match(JSON.parse(await ask(again.endpoint, '/')), { requests: 1 })
    },
  )

  t.test('docker: a socket path that is too long is refused with what to shorten', async (t) => {
    const runDir = join('/tmp', 'x'.repeat(90))
    const { create } = await dockerTrial(t, engine, { runDir })
    await t.rejects(create(onSocket), failure('refused', 'shorten'))
  })

  t.test('docker: a function is on all its networks, and is reached on the first', async (t) => {
    const { run } = await dockerTrial(t, engine)
    const names = ['a', 'b'].map((n) => `coldfront-test-${process.pid}-${n}`)
    for (const Name of names) await docker.createNetwork({ Name, Labels: { ...labels } })
    const running = await run(imageFunction({ image, labels, networks: names }))
    const info = await docker.getContainer(running.ref.handle).inspect()
    t.same(Object.keys(info.NetworkSettings.Networks).toSorted(), names)
    t.match(running.endpoint, { host: info.NetworkSettings.Networks[names[0] ?? '']?.IPAddress })
    t.match(JSON.parse(await ask(running.endpoint, '/')), { service: 'app' })
    t.ok(labels[RUN_LABEL])
  })

  t.test('docker: a network that does not exist is a failure with its name', async (t) => {
    const { run } = await dockerTrial(t, engine)
    const fn = imageFunction({ image, labels, networks: ['bridge', 'no-such-network'] })
    await t.rejects(run(fn), failure('refused', 'no-such-network'))
  })

  t.test('docker: a gateway in a container shares its network with what it makes', async (t) => {
    const network = `coldfront-test-${process.pid}-own`
    await docker.createNetwork({ Name: network, Labels: { ...labels } })
    const HostConfig = { NetworkMode: network }
    const gateway = await docker.createContainer({
      Image: image,
      Labels: { ...labels },
      HostConfig,
    })
    const { run } = await dockerTrial(t, engine, { self: async () => gateway.id })
    const running = await run(imageFunction({ image, labels }))
    const info = await docker.getContainer(running.ref.handle).inspect()
    t.same(Object.keys(info.NetworkSettings.Networks), [network])
    t.match(running, {
      accepts: 'app',
      endpoint: { host: info.NetworkSettings.Networks[network]?.IPAddress },
    })
  })

  t.test(
    'docker: an existing container that cannot be reached is stopped again, with what to change',
    async (t) => {
      const { placer, create } = await dockerTrial(t, engine)
      const name = `coldfront-test-${process.pid}-closed`
      const HostConfig = { NetworkMode: 'none' }
      await docker.createContainer({ name, Image: image, Labels: { ...labels }, HostConfig })
      const { stop, ...rest } = containerFunction({ container: name })
      const fn = { ...rest, stop: { ...stop, graceMs: 0 } }
      const ref = await create(fn)
      await t.rejects(placer.start(fn, ref, signal()), failure('refused', 'attach it to a network'))
      t.match(await placer.inspect(ref, signal()), { phase: 'exited' })
    },
  )

  t.test('docker: an existing container that does not exist is told with what to do', async (t) => {
    const { create } = await dockerTrial(t, engine)
    const fn = containerFunction({ container: 'coldfront-test-no-such' })
    await t.rejects(create(fn), failure('container_missing', 'docker create'))
  })
}
