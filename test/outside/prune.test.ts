/**
 * `docker system prune --all --volumes` by its parts, in its order: what clients in flight, held ones and the next ones
 * get. On an engine of the test's own, since it takes every image that nothing runs from.
 */

import { createReadStream, createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type Docker from 'dockerode'
import t from 'tap'

import { LIMITS } from '../../src/domain/limits.ts'
import { imageFunction } from '../support/docker-subject.ts'
import { dockerTrial, signal } from '../support/docker-trial.ts'
import { inFlight } from '../support/in-flight.ts'
import { READY_BY_GATE, startGateway } from '../support/gateway.ts'
import { tempDir } from '../support/temp-dir.ts'
import { whoIs } from '../support/world.ts'
import { patient } from '../support/patient.ts'
import { ownEngine } from './own-engine.ts'
import { ShiftedClock } from './shifted-clock.ts'

/** It makes an engine and loads images. */
t.setTimeout(120_000)

const PAUSED = { idle: { pauseAfter: '50ms' } }
const STOPPED = { idle: { stopAfter: '50ms' } }

/** What nobody uses is removed: containers that do not run, networks, volumes, images and what builds have left. */
async function prune(docker: Docker): Promise<void> {
  await docker.pruneContainers()
  await docker.pruneNetworks()
  await docker.pruneVolumes()
  await docker.pruneImages({ filters: { dangling: ['false'] } })
  await docker.pruneBuilder()
}

const own = await ownEngine(t)
if (own) {
  const { world } = own
  const { docker } = world.engine
  const { image } = world.app() as { readonly image: string }
  const images = async (): Promise<readonly string[]> =>
    (await docker.listImages()).flatMap(({ RepoTags }) => RepoTags ?? [])
  /** Brings the image back, as `docker load` does. */
  const saved = join(tempDir(t), 'image.tar')
  await pipeline(await docker.getImage(image).get(), createWriteStream(saved))
  const load = async (): Promise<void> => {
    const answer = await docker.loadImage(createReadStream(saved))
    await new Promise<void>((resolve, reject) => {
      docker.modem.followProgress(answer, (error) => (error ? reject(error) : resolve()))
    })
  }

  await t.test(
    'system prune: what runs, starts or is paused serves on; what sleeps is made anew',
    async (t) => {
      const clock = new ShiftedClock()
      const functions = {
        app: world.app(),
        starting: world.app(READY_BY_GATE),
        paused: world.app({ ...PAUSED, instances: { spare: 1 } }),
        dormant: world.app(STOPPED),
      }
      const gateway = await startGateway(t, world, { functions }, { clock })
      const before = await gateway.ask('/', { fn: 'dormant' })
      await gateway.state('dormant', 'dormant')
      const asleep = await gateway.ask('/', { fn: 'paused' })
      await gateway.state('paused', 'paused')
      const client = await inFlight(gateway)
      const held = gateway.ask('/', { fn: 'starting' })
      await gateway.state('probing', 'starting')
      clock.shift(LIMITS.youngMs)
      const volume = await docker.createVolume({ Name: 'nobodys' })

      await prune(docker)
      await t.rejects(docker.getVolume(volume.name).inspect(), 'it was a prune')
      await gateway.untilStatus('nothing', ({ instances }) => instances.length === 0, 'dormant')
      await gateway.open('')
      await client.through('open\n')
      await gateway.open('ready', 'starting')
      t.equal((await held).status, 200)
      const resumed = await gateway.ask('/', { fn: 'paused' })
      t.equal(resumed.headers['x-coldfront-start'], 'resumed')
      t.equal(whoIs(resumed), whoIs(asleep))
      const next = await gateway.ask('/', { fn: 'dormant' })
      t.equal(next.headers['x-coldfront-start'], 'cold')
      t.not(JSON.parse(next.text).host, JSON.parse(before.text).host)
      t.strictSame(gateway.log.all('alarm'), [])
      t.strictSame(gateway.log.all('failed'), [])
    },
  )

  await t.test('system prune: what is prepared is prepared anew', async (t) => {
    const functions = { app: world.app(), prepared: world.app({ instances: { prepared: 1 } }) }
    const gateway = await startGateway(t, world, { functions })
    const { instance } = await gateway.state('dormant', 'prepared')
    const client = await inFlight(gateway)
    await prune(docker)
    const anew = await gateway.until(
      'state',
      'prepared',
      (event) => event.to === 'dormant' && event.instance !== instance,
    )
    const first = await gateway.ask('/', { fn: 'prepared' })
    t.equal(first.headers['x-coldfront-start'], 'cold')
    t.equal((await gateway.status('prepared')).instances[0]?.id, anew.instance)
    await gateway.open('')
    await client.through('open\n')
    t.strictSame(gateway.log.all('alarm'), [])
    t.strictSame(gateway.log.all('failed'), [])
  })

  await t.test(
    'system prune: where nothing runs the image goes too; who waits is told at once, the operator why, and a load mends it',
    async (t) => {
      const gateway = await startGateway(t, world, { functions: { app: world.app(STOPPED) } })
      await gateway.who()
      await gateway.state('dormant')
      await prune(docker)
      t.strictSame(await images(), [])
      await gateway.untilStatus('nothing', ({ instances }) => instances.length === 0)
      t.strictSame(gateway.log.all('failed'), [], 'asleep, it lacks nothing')
      const answers = await Promise.all([gateway.ask('/'), gateway.ask('/')])
      for (const { status, text } of answers) {
        t.equal(status, 502)
        t.equal(JSON.parse(text).code, 'START_FAILED')
        t.notMatch(text, image, 'internals stay inside')
      }
      const failed = gateway.log.all('failed')
      t.equal(failed.length, 1)
      t.match(failed[0], { reason: 'image_missing' })
      t.ok(failed[0]?.message.startsWith(`app: image ${image} is not on the engine`))
      t.match(failed[0]?.message, /build or load it/)
      t.match((await gateway.status()).lastError, { reason: 'image_missing' })
      const next = await gateway.ask('/')
      t.equal(JSON.parse(next.text).code, 'START_BACKOFF')
      t.match(next.headers['retry-after'], /^[1-9]\d*$/)
      await load()
      const after = await patient(gateway)
      t.equal(after.status, 200, after.text)
      t.equal(after.headers['x-coldfront-start'], 'cold')
      t.strictSame(gateway.log.all('alarm'), [])
    },
  )

  await t.test(
    'system prune: what is prepared and has lost its image is told once and tried with pauses',
    async (t) => {
      const gateway = await startGateway(t, world, {
        functions: { app: world.app({ instances: { prepared: 1 } }) },
      })
      await gateway.state('dormant')
      // The image first: what is prepared anew while the parts of a prune follow each other would keep it.
      await docker.getImage(image).remove({ force: true })
      await prune(docker)
      const failed = await gateway.until('failed')
      t.match(failed, { reason: 'image_missing' })
      t.ok(failed.backoffMs > 0)
      await load()
      await gateway.state('dormant')
      t.equal((await gateway.ask('/')).status, 200)
      t.strictSame(gateway.log.all('alarm'), [])
    },
  )

  await t.test(
    'system prune: a sandbox that runs keeps its network; when both are gone, the image of sandboxes is made anew and the network is asked for by name',
    async (t) => {
      const { placer, create } = await dockerTrial(t, world.engine)
      const { labels } = world.engine
      const busybox = await world.engine.image('busybox')
      const network = `coldfront-prune-${process.pid}`
      const fn = imageFunction({ image: busybox, labels, sandbox: true, networks: [network] })
      const makeNetwork = () => docker.createNetwork({ Name: network, Labels: { ...labels } })
      await makeNetwork()
      const keeper = await docker.createContainer({ Image: busybox, Labels: { ...labels } })
      await keeper.start()
      const ref = await create(fn)
      const running = await placer.start(fn, ref, signal())
      await placer.stop(running.ref, 0)
      await prune(docker)
      await t.rejects(docker.getContainer(ref.handle).inspect(), 'it did not run')
      t.ok(await docker.getNetwork(network).inspect(), 'the sandbox is on it')
      for (const { Id } of await docker.listContainers())
        if (Id !== keeper.id) await docker.getContainer(Id).remove({ force: true })
      await prune(docker)
      t.strictSame(await images(), [busybox])
      await t.rejects(create(fn), { message: new RegExp(network) })
      await makeNetwork()
      const next = await create(fn)
      t.ok(await placer.start(fn, next, signal()))
    },
  )
}
