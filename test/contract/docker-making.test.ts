/** What a made container is like: safe by default, as declared, signed, and refused where it would be dangerous. */

import { rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { containerName } from '../../src/runtime/docker/shape.ts'
import { imageFunction } from '../support/docker-subject.ts'
import { dockerTrial, failure, newId, signal } from '../support/docker-trial.ts'
import { engineOrSkip } from '../support/engine.ts'
import { tempDir } from '../support/temp-dir.ts'

const MIB = 1_048_576

const engine = await engineOrSkip(t)
if (engine) {
  const { docker, labels } = engine
  const image = await engine.image('busybox')
  const inspect = (handle: string) => docker.getContainer(handle).inspect()

  t.test('docker: a container is made with safe defaults', async (t) => {
    const { create } = await dockerTrial(t, engine)
    const info = await inspect((await create(imageFunction({ image, labels }))).handle)
    t.match(info.Name, /^\/coldfront-app-/)
    t.match(info.HostConfig, {
      SecurityOpt: ['no-new-privileges'],
      PidsLimit: 200,
      Init: true,
      Privileged: false,
      ReadonlyRootfs: false,
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '2' } },
    })
    t.same(info.HostConfig.CapDrop?.toSorted(), ['MKNOD', 'NET_RAW'])
    t.same(info.NetworkSettings.Ports, {}, 'publishes nothing')
  })

  t.test('docker: a container is made as declared', async (t) => {
    const { create } = await dockerTrial(t, engine)
    const fn = imageFunction({
      image,
      labels: { ...labels, team: 'web' },
      command: ['sleep', '60'],
      env: { GREETING: 'hi' },
      workdir: '/tmp',
      user: '1000:1000',
      memory: 64 * MIB,
      cpus: 0.5,
      pids: 17,
      hardened: true,
      tmpfs: ['/run:size=1m', '/scratch'],
      volumes: ['/cache', 'coldfront-test-volume:/data:ro'],
      extraHosts: ['db:10.0.0.7'],
    })
    const ref = await create(fn)
    t.teardown(() =>
      docker
        .getVolume('coldfront-test-volume')
        .remove()
        .catch(() => undefined),
    )
    const info = await inspect(ref.handle)
    t.match(info.Config, { Cmd: ['sleep', '60'], WorkingDir: '/tmp', User: '1000:1000' })
    t.ok(info.Config.Env.includes('GREETING=hi'))
    t.equal(info.Config.Labels['team'], 'web')
    t.match(info.HostConfig, {
      Memory: 64 * MIB,
      NanoCpus: 5e8,
      PidsLimit: 17,
      CapDrop: ['ALL'],
      ReadonlyRootfs: true,
      Tmpfs: { '/run': 'size=1m', '/scratch': '' },
      Binds: ['coldfront-test-volume:/data:ro'],
      ExtraHosts: ['db:10.0.0.7'],
    })
    t.ok(
      info.Mounts.some(({ Destination }) => Destination === '/cache'),
      'an anonymous volume',
    )
    await docker.getContainer(ref.handle).remove({ v: true })
  })

  for (const [volume, what] of [
    ['/:/host', 'the whole host'],
    ['/var/run/docker.sock:/docker.sock', 'docker.sock'],
    ['/var/../run/:/run:ro', '/run'],
  ] as const) {
    t.test(`docker: the volume ${volume} is refused unless it is called dangerous`, async (t) => {
      const { placer, create } = await dockerTrial(t, engine)
      const making = placer.create(
        imageFunction({ image, labels, volumes: [volume] }),
        newId(),
        signal(),
      )
      await t.rejects(making, failure('refused', what))
      await t.resolves(create(imageFunction({ image, labels, volumes: [volume], dangerous: true })))
    })
  }

  t.test('docker: a volume that leads elsewhere by the next start is refused then', async (t) => {
    const { placer, create } = await dockerTrial(t, engine)
    const dir = tempDir(t)
    const link = join(dir, 'data')
    symlinkSync(dir, link)
    const fn = imageFunction({ image, labels, volumes: [`${link}:/data`] })
    await create(fn)
    rmSync(link)
    symlinkSync('/etc', link)
    const id = newId()
    await t.rejects(placer.create(fn, id, signal()), failure('refused', '/etc'))
    await t.rejects(inspect(containerName(fn.id, id)), /no such container/i, 'and nothing is left')
    await t.rejects(placer.create(fn, newId(), signal()), failure('refused', '/etc'))
  })

  t.test('docker: a label under coldfront’s own prefix is refused', async (t) => {
    const { create } = await dockerTrial(t, engine)
    const fn = imageFunction({ image, labels: { ...labels, 'coldfront.owner': 'me' } })
    await t.rejects(create(fn), failure('refused'))
  })

  t.test(
    'docker: the environment is in the body of the create call, not in its address',
    async (t) => {
      const { create } = await dockerTrial(t, engine)
      // Longer than any address may be.
      const env = { LONG: 'x'.repeat(100_000) }
      await t.resolves(create(imageFunction({ image, labels, env })))
    },
  )

  t.test('docker: a create whose caller left leaves no container behind', async (t) => {
    const { placer, owner, filter } = await dockerTrial(t, engine)
    const abort = new AbortController()
    const fn = imageFunction({ image, labels })
    await placer.prepare(fn, signal())
    const removed = filter.over('DELETE /containers/*')
    const creating = placer.create(fn, newId(), abort.signal)
    await filter.began('POST /containers/create')
    abort.abort(new Error('gone'))
    await t.rejects(creating, { message: 'gone' })
    await removed
    const left = await docker.listContainers({
      all: true,
      filters: { label: [`coldfront.owner=${owner}`] },
    })
    t.same(left, [])
  })

  t.test(
    'docker: an image that vanished after it was prepared is prepared once more',
    async (t) => {
      const { placer, filter } = await dockerTrial(t, engine)
      const tag = `coldfront-test/passing:${process.pid}`
      await docker.getImage(image).tag({ repo: 'coldfront-test/passing', tag: `${process.pid}` })
      const fn = imageFunction({ image: tag, labels })
      await placer.prepare(fn, signal())
      await docker.getImage(tag).remove()
      await t.rejects(placer.create(fn, newId(), signal()), failure('image_missing'))
      const looks = filter.seen.filter((call) => call === 'GET /images/*/json')
      t.equal(looks.length, 2)
    },
  )

  t.test(
    'docker: remove takes the anonymous volumes along, and touches no container of others',
    async (t) => {
      const { placer, create } = await dockerTrial(t, engine)
      const ref = await create(imageFunction({ image, labels, volumes: ['/cache'] }))
      const volume =
        (await inspect(ref.handle)).Mounts.find((m) => m.Destination === '/cache')?.Name ?? ''
      await placer.remove(ref)
      await t.rejects(docker.getVolume(volume).inspect(), /no such volume/i)
      const foreign = await docker.createContainer({ Image: image, Labels: { ...labels } })
      await placer.remove({ ...ref, handle: foreign.id })
      t.equal((await inspect(foreign.id)).State.Status, 'created')
    },
  )

  t.test('docker: memory beyond the limit is told as such', async (t) => {
    const { placer, run, watching } = await dockerTrial(t, engine)
    const node = await engine.image('node')
    const env = { ALLOCATE_MIB: '200' }
    const fn = imageFunction({ image: node, labels, env, memory: 48 * MIB })
    const log = await watching([fn])
    const running = await run(fn).catch((error: unknown) => {
      t.match(error, { reason: 'oom_killed' })
      return undefined
    })
    if (!running) return
    const { exit } = await log.phase(running.ref.instance, 'exited')
    t.match(exit, { oomKilled: true, code: 137 })
    await placer.remove(running.ref)
  })

  t.test('docker: a command that is not in the image is told as that', async (t) => {
    const { run, watching } = await dockerTrial(t, engine)
    const fn = imageFunction({ image, labels, entrypoint: ['/bin/no-such-command'] })
    const log = await watching([fn])
    try {
      const { ref } = await run(fn)
      t.equal((await log.phase(ref.instance, 'exited')).exit?.code, 127)
    } catch (error) {
      t.match(error, { reason: 'command_missing' })
    }
  })
}
