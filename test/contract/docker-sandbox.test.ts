/** A sandbox through the life of its instance, and what becomes of either when the other ends. */

import type Docker from 'dockerode'
import t from 'tap'
import type { Test } from 'tap'
import type { ImageSpec } from '../../src/domain/function.ts'
import { sandboxName } from '../../src/runtime/docker/shape.ts'
import type { InstanceRef, Running } from '../../src/runtime/runtime.ts'
import { ask } from '../support/ask.ts'
import { imageFunction } from '../support/docker-subject.ts'
import { dockerTrial, failure, newId, signal } from '../support/docker-trial.ts'
import type { EngineFilter } from '../support/engine-filter.ts'
import { engineOrSkip } from '../support/engine.ts'
import { labelled } from '../support/labelled.ts'
import { FactLog } from '../support/fact-log.ts'

const MIB = 1_048_576
const SANDBOX_IMAGE = /^coldfront\/sandbox:[0-9a-f]{12}$/

const engine = await engineOrSkip(t)
if (engine) {
  const { docker, labels } = engine
  const image = await engine.image('busybox')
  const sandboxed = (over: Partial<ImageSpec> = {}) =>
    imageFunction({ image, labels, sandbox: true, ...over })
  const fn = sandboxed()
  const inspect = (handle: string) => docker.getContainer(handle).inspect()

  /** The sandbox that the instance's container joins. */
  async function sandboxOf({ handle }: InstanceRef): Promise<Docker.ContainerInspectInfo> {
    const { HostConfig } = await inspect(handle)
    return inspect((HostConfig.NetworkMode ?? '').replace('container:', ''))
  }

  const exists = (id: string): Promise<boolean> =>
    inspect(id).then(
      () => true,
      () => false,
    )

  /** Resolves when it is so, which is looked at after every removal. */
  async function removed(filter: EngineFilter, isSo: () => Promise<boolean>): Promise<void> {
    for (;;) {
      const next = filter.over('DELETE /containers/*')
      if (await isSo()) return
      await next
    }
  }

  /** Any answer of the little server will do. */
  const answers = async (t: Test, { endpoint }: Running) => t.ok(await ask(endpoint, '/'))

  t.test('sandbox: it may do nothing but hold what its instance needs of a network', async (t) => {
    const { create } = await dockerTrial(t, engine)
    const over = { reach: 'published', extraHosts: ['db:10.0.0.7'], user: '1000', volumes: ['/c'] }
    const ref = await create(sandboxed(over as Partial<ImageSpec>))
    const sandbox = await sandboxOf(ref)
    t.match(sandbox, {
      Name: `/${sandboxName(ref.fn, ref.instance)}`,
      State: { Running: true },
      Config: { Image: SANDBOX_IMAGE, User: '65534:65534', Labels: labels },
      HostConfig: {
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges'],
        ReadonlyRootfs: true,
        Privileged: false,
        PidsLimit: 32,
        Memory: 32 * MIB,
        MemorySwap: 32 * MIB,
        LogConfig: { Type: 'none' },
        RestartPolicy: { Name: /^(no)?$/ },
        PortBindings: { '8080/tcp': [{ HostIp: '127.0.0.1' }] },
        ExtraHosts: ['db:10.0.0.7'],
      },
    })
    t.same(sandbox.Mounts, [])
    const own = await inspect(ref.handle)
    t.equal(own.State.Status, 'created')
    t.same(own.HostConfig.PortBindings ?? {}, {})
    t.match(own.Config, { Image: image, User: '1000' })
  })

  for (const reach of ['ip', 'published'] as const) {
    t.test(
      `sandbox: with reach: ${reach} a second start joins it at the same address`,
      async (t) => {
        const { placer, create, filter } = await dockerTrial(t, engine)
        const it = sandboxed({ reach })
        const ref = await create(it)
        const first = await placer.start(it, ref, signal())
        await answers(t, first)
        const { Id: id, State: state } = await sandboxOf(ref)
        await placer.stop(ref, 0)
        const before = filter.seen.length
        const second = await placer.start(it, ref, signal())
        t.same(filter.seen.slice(before).toSorted(), [
          'GET /containers/*/json',
          'GET /containers/*/json',
          'POST /containers/*/start',
        ])
        await answers(t, second)
        t.same(second.endpoint, first.endpoint)
        t.equal(second.accepts, first.accepts)
        t.ok(second.run > first.run)
        t.match(await sandboxOf(ref), { Id: id, State: { StartedAt: state.StartedAt } })
      },
    )
  }

  t.test('sandbox: pausing, resuming and stopping do not touch it', async (t) => {
    const { placer, run } = await dockerTrial(t, engine)
    const running = await run(fn)
    const { Id: id, State: state } = await sandboxOf(running.ref)
    await placer.pause(running)
    await answers(t, await placer.resume(running))
    await placer.stop(running.ref, 0)
    t.match(await inspect(id), { State: { Status: 'running', StartedAt: state.StartedAt } })
  })

  t.test('sandbox: each instance has its own, and takes it along', async (t) => {
    const { placer, run } = await dockerTrial(t, engine)
    const [one, two] = await Promise.all([run(fn), run(fn)])
    const [first, second] = [await sandboxOf(one.ref), await sandboxOf(two.ref)]
    t.not(first.Id, second.Id)
    t.notSame(one.endpoint, two.endpoint)
    await placer.stop(one.ref, 0)
    await placer.remove(one.ref)
    await placer.remove(one.ref)
    t.notOk(await exists(first.Id))
    t.notOk(await exists(one.ref.handle))
    await answers(t, two)
  })

  t.test('sandbox: a function on several networks is on them through it', async (t) => {
    const { run } = await dockerTrial(t, engine)
    const names = ['c', 'd'].map((n) => `coldfront-test-${process.pid}-${n}`)
    for (const Name of names) await docker.createNetwork({ Name, Labels: { ...labels } })
    const running = await run(sandboxed({ networks: names }))
    const { NetworkSettings } = await sandboxOf(running.ref)
    t.same(Object.keys(NetworkSettings.Networks).toSorted(), names)
    t.match(running.endpoint, { host: NetworkSettings.Networks[names[0] ?? '']?.IPAddress })
    await answers(t, running)
  })

  t.test('sandbox: a network that does not exist leaves nothing behind', async (t) => {
    const { create, owner } = await dockerTrial(t, engine)
    const networks = ['bridge', 'no-such-network']
    await t.rejects(create(sandboxed({ networks })), { message: /no-such-network/ })
    const left = { all: true, filters: { label: [`coldfront.owner=${owner}`] } }
    t.same(await docker.listContainers(left), [])
  })

  t.test('sandbox: a gateway in a container shares a network with it', async (t) => {
    const network = `coldfront-test-${process.pid}-shared`
    await docker.createNetwork({ Name: network, Labels: { ...labels } })
    const HostConfig = { NetworkMode: network }
    const gateway = { Image: image, Labels: { ...labels }, HostConfig }
    const { id } = await docker.createContainer(gateway)
    const { run } = await dockerTrial(t, engine, { self: async () => id })
    const running = await run(fn)
    const { NetworkSettings } = await sandboxOf(running.ref)
    t.match(running.endpoint, { host: NetworkSettings.Networks[network]?.IPAddress })
    await answers(t, running)
  })

  t.test('sandbox: a hardened function joins one as well', async (t) => {
    const { placer, create } = await dockerTrial(t, engine)
    const it = sandboxed({ hardened: true, tmpfs: ['/tmp'] })
    const ref = await create(it)
    for (let round = 0; round < 2; round += 1) {
      await answers(t, await placer.start(it, ref, signal()))
      await placer.stop(ref, 0)
    }
  })

  t.test(
    'sandbox: a second gateway process takes over both, and starts what is kept',
    async (t) => {
      const first = await dockerTrial(t, engine)
      const running = await first.run(fn)
      const kept = await first.run(fn)
      await first.placer.stop(kept.ref, 0)
      const { owner, key } = first.parts
      const second = await dockerTrial(t, engine, { owner, key })
      const log = await second.watching([fn])
      t.match(await log.phase(running.ref.instance, 'running'), { run: running.run, running })
      t.match(await log.phase(kept.ref.instance, 'exited'), { ref: kept.ref })
      const told = log.facts.flatMap((f) => (f.k === 'present' ? f.ref.handle : []))
      const both = [running.ref.handle, kept.ref.handle].toSorted()
      t.same([...new Set(told)].toSorted(), both, 'a sandbox is no instance')
      const again = await second.placer.start(fn, kept.ref, signal())
      t.same(again.endpoint, kept.endpoint)
      await answers(t, again)
    },
  )

  for (const reach of ['ip', 'published'] as const) {
    t.test(
      `sandbox: killed while its instance sleeps, it is started again, by ${reach}`,
      async (t) => {
        const { placer, run } = await dockerTrial(t, engine)
        const it = sandboxed({ reach })
        const { ref } = await run(it)
        await placer.stop(ref, 0)
        const { Id: id } = await sandboxOf(ref)
        await docker.getContainer(id).kill()
        await answers(t, await placer.start(it, ref, signal()))
        t.match(await sandboxOf(ref), { Id: id, State: { Status: 'running' } })
      },
    )
  }

  t.test('sandbox: killed while its instance is frozen, that run ends too', async (t) => {
    const { placer, run, watching } = await dockerTrial(t, engine)
    const log = await watching([fn])
    const running = await run(fn)
    await placer.pause(running)
    await docker.getContainer((await sandboxOf(running.ref)).Id).kill()
    t.match(await log.phase(running.ref.instance, 'exited'), { run: running.run })
    await answers(t, await placer.start(fn, running.ref, signal()))
  })

  t.test(
    'sandbox: killed while its instance runs, that run ends and the next is reached',
    async (t) => {
      const { placer, run, watching } = await dockerTrial(t, engine)
      const log = await watching([fn])
      const running = await run(fn)
      await answers(t, running)
      await docker.getContainer((await sandboxOf(running.ref)).Id).kill()
      t.match(await log.phase(running.ref.instance, 'exited'), { run: running.run })
      const next = await placer.start(fn, running.ref, signal())
      t.ok(next.run > running.run)
      await answers(t, next)
    },
  )

  t.test(
    'sandbox: a start of what runs without one any more gives a run that is reached',
    async (t) => {
      const { placer, run } = await dockerTrial(t, engine)
      const running = await run(fn)
      await docker.getContainer((await sandboxOf(running.ref)).Id).kill()
      const next = await placer.start(fn, running.ref, signal())
      t.ok(next.run > running.run)
      await answers(t, next)
    },
  )

  for (const state of ['sleeps', 'runs'] as const) {
    t.test(`sandbox: removed while its instance ${state}, that one is gone too`, async (t) => {
      const { placer, run, watching } = await dockerTrial(t, engine)
      const log = await watching([fn])
      const { ref } = await run(fn)
      if (state === 'sleeps') await placer.stop(ref, 0)
      await docker.getContainer((await sandboxOf(ref)).Id).remove({ force: true })
      await log.until('gone', (f) => f.k === 'gone' && f.ref.instance === ref.instance)
      t.match(await placer.inspect(ref, signal()), { k: 'gone' })
      await t.rejects(placer.start(fn, ref, signal()), failure('container_missing'))
    })
  }

  t.test(
    'sandbox: what was left alone while no gateway looked is swept with the first list',
    async (t) => {
      const first = await dockerTrial(t, engine)
      const { owner, key } = first.parts
      const [whole, orphan, stranded, cut] = await Promise.all(
        [1, 2, 3, 4].map(() => first.run(fn)),
      )
      if (!whole || !orphan || !stranded || !cut) throw new Error('four')
      const left = await sandboxOf(orphan.ref)
      await docker.getContainer(orphan.ref.handle).remove({ force: true })
      await first.placer.stop(stranded.ref, 0)
      await docker.getContainer((await sandboxOf(stranded.ref)).Id).remove({ force: true })
      await docker.getContainer((await sandboxOf(cut.ref)).Id).kill()
      const second = await dockerTrial(t, engine, { owner, key })
      const log = await second.watching([fn])
      await log.phase(cut.ref.instance, 'exited')
      for (const id of [left.Id, stranded.ref.handle])
        await removed(second.filter, async () => !(await exists(id)))
      t.notOk(log.facts.some((f) => f.k === 'present' && f.ref.instance === stranded.ref.instance))
      await answers(t, whole)
    },
  )

  t.test(
    'sandbox: after a prune its container is gone, and it goes with the next list',
    async (t) => {
      const { placer, owner, run, filter } = await dockerTrial(t, engine)
      const mark = { ...labels, 'sandbox-prune': owner }
      const it = sandboxed({ labels: mark })
      const log = new FactLog()
      const watch = placer.watch(owner, () => [it], log.sink)
      await log.synced()
      const { ref } = await run(it)
      await placer.stop(ref, 0)
      const { Id: id } = await sandboxOf(ref)
      await docker.pruneContainers({ filters: { label: [`sandbox-prune=${owner}`] } })
      await log.until('gone', (f) => f.k === 'gone' && f.ref.instance === ref.instance)
      t.ok(await exists(id), 'it runs, so that a prune leaves it')
      watch.relist()
      await removed(filter, async () => !(await exists(id)))
    },
  )

  t.test('sandbox: what is unsigned, another’s, or a copy is never touched', async (t) => {
    const { owner, key, parts, watching, run, filter } = await dockerTrial(t, engine)
    const about = { role: 'sandbox', owner, key, fn } as const
    const { genuine, forged } = labelled(about, { 'coldfront.instance': newId() })
    const ids: string[] = []
    // The last one is signed, and yet a copy: it has another name.
    for (const extra of [...forged, genuine]) {
      const made = { Image: image, Labels: { ...labels, ...extra } }
      ids.push((await docker.createContainer(made)).id)
    }
    // One that is swept shows that the list was looked through.
    const { ref } = await run(fn)
    const orphan = await sandboxOf(ref)
    await docker.getContainer(ref.handle).remove({ force: true })
    const log = await watching([fn])
    await removed(filter, async () => !(await exists(orphan.Id)))
    for (const id of ids) t.ok(await exists(id))
    t.same(log.words(), ['synced'])
    t.ok(parts.key)
  })

  t.test('sandbox: a create whose caller left leaves neither behind', async (t) => {
    const { placer, owner, filter } = await dockerTrial(t, engine)
    const left = { all: true, filters: { label: [`coldfront.owner=${owner}`] } }
    const abort = new AbortController()
    await placer.prepare(fn, signal())
    const creating = placer.create(fn, newId(), abort.signal)
    await filter.began('POST /containers/*/start')
    abort.abort(new Error('gone'))
    await t.rejects(creating, { message: 'gone' })
    await removed(filter, async () => (await docker.listContainers(left)).length === 0)
  })
}
