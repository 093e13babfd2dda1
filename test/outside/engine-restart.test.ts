/**
 * The engine ends, is away for a while and comes back: what clients in flight, held ones and the next ones get.
 * On an engine of the test's own.
 */

import t from 'tap'

import { LIMITS } from '../../src/domain/limits.ts'
import { READY_BY_GATE, startGateway } from '../support/gateway.ts'
import { whoIs } from '../support/world.ts'
import { patient } from '../support/patient.ts'
import { ownEngine } from './own-engine.ts'
import { ShiftedClock } from './shifted-clock.ts'
import { inFlight } from '../support/in-flight.ts'

const isUp = (up: boolean) => (e: { up: boolean; runtime: string }) =>
  e.runtime === 'docker' && e.up === up

const own = await ownEngine(t)
if (own) {
  const { engine, world } = own

  await t.test(
    'engine restart: what it ended with itself fails in flight, and the next request starts it anew',
    async (t) => {
      const clock = new ShiftedClock()
      const gateway = await startGateway(t, world, { functions: { app: world.app() } }, { clock })
      const first = await gateway.who()
      clock.shift(LIMITS.youngMs)
      const client = await inFlight(gateway)
      await engine.stop()
      await client.ended()
      await gateway.until('runtime', '', isUp(false))
      const next = gateway.ask('/')
      await gateway.held(1)
      await engine.start()
      const answer = await next
      t.equal(answer.status, 200, 'who came while it was away is held until it is back')
      t.equal(answer.headers['x-coldfront-start'], 'cold')
      t.equal(JSON.parse(answer.text).host, first.host, 'the kept container is started again')
      t.strictSame(gateway.log.all('alarm'), [])
      t.equal((await gateway.status()).lastError, undefined, 'no function is charged')
    },
  )

  await t.test(
    'engine restart: it ends in the middle of a start, and who waits is served when it is back',
    async (t) => {
      const gateway = await startGateway(t, world, { functions: { app: world.app(READY_BY_GATE) } })
      const held = gateway.ask('/')
      await gateway.state('probing')
      await engine.stop()
      await gateway.until('runtime', '', isUp(false))
      const late = patient(gateway)
      await engine.start()
      await gateway.state('probing')
      await gateway.open('ready')
      t.equal((await late).status, 200)
      const { status } = await held
      t.ok(status === 200 || status === 502 || status === 503, `held meanwhile: ${status}`)
    },
  )

  await t.test(
    'engine away: a held request whose time is up is told that the runtime is away',
    async (t) => {
      const app = world.app()
      const functions = { app: { ...app, hold: { timeout: '200ms' } }, patient: app }
      const gateway = await startGateway(t, world, { functions })
      await engine.stop()
      await gateway.until('runtime', '', isUp(false))
      const answer = await gateway.ask('/')
      t.equal(answer.status, 503)
      t.equal(JSON.parse(answer.text).code, 'RUNTIME_AWAY')
      await engine.start()
      await gateway.until('runtime', '', isUp(true))
      t.equal((await gateway.ask('/', { fn: 'patient' })).status, 200)
      t.equal((await gateway.status()).backoffMs, 0)
    },
  )

  await t.test(
    'engine away: a gateway that is ended meanwhile says what it leaves, and the next one takes it over',
    async (t) => {
      const text = { functions: { app: world.app() } }
      const gateway = await startGateway(t, world, text)
      const { host } = await gateway.who()
      await engine.stop()
      await gateway.until('runtime', '', isUp(false))
      await gateway.close()
      t.match(gateway.log.all('notice').at(-1), { message: /docker is away: .* left to the next/ })
      await engine.start()
      const next = await startGateway(t, world, text, { dir: gateway.dir })
      t.equal((await next.who()).host, host, 'the kept container is started again')
      t.equal((await next.status()).instances.length, 1)
    },
  )

  await t.test(
    'engine killed: instances run on and serve; when it is back, what it then ended is started anew',
    async (t) => {
      const clock = new ShiftedClock()
      const gateway = await startGateway(t, world, { functions: { app: world.app() } }, { clock })
      const before = await gateway.ask('/')
      clock.shift(LIMITS.youngMs)
      await engine.stop('SIGKILL')
      await gateway.until('runtime', '', isUp(false))
      const meanwhile = await gateway.ask('/')
      t.equal(meanwhile.headers['x-coldfront-start'], 'warm')
      t.equal(whoIs(meanwhile), whoIs(before))
      await engine.start()
      await gateway.until('runtime', '', isUp(true))
      const after = await gateway.ask('/')
      t.equal(after.status, 200)
      t.strictSame(gateway.log.all('alarm'), [])
    },
  )

  await t.test('with --live-restore', async (t) => {
    await engine.stop()
    await engine.start(['--live-restore'])

    await t.test('engine away: an instance serves on, and is the same afterwards', async (t) => {
      const gateway = await startGateway(t, world, { functions: { app: world.app() } })
      const before = await gateway.ask('/')
      await engine.stop()
      await gateway.until('runtime', '', isUp(false))
      t.equal(whoIs(await gateway.ask('/')), whoIs(before))
      await engine.start(['--live-restore'])
      await gateway.until('runtime', '', isUp(true))
      const after = await gateway.ask('/')
      t.equal(after.headers['x-coldfront-start'], 'warm')
      t.equal(whoIs(after), whoIs(before))
    })

    await t.test(
      'engine away: what falls idle meanwhile is put to sleep when it is back, without an alarm',
      async (t) => {
        const idle = { pauseAfter: '200ms' }
        const gateway = await startGateway(t, world, {
          functions: { app: world.app({ idle }), calm: world.app() },
        })
        await gateway.who('calm')
        const before = await gateway.ask('/')
        await gateway.until('paused')
        const client = await inFlight(gateway)
        await engine.stop()
        await gateway.until('runtime', '', isUp(false))
        await gateway.open('')
        await client.through('open\n')
        // As long as the idle time and more: another function is asked until it has gone by.
        for (const late = performance.now() + 1_000; performance.now() < late;)
          t.equal((await gateway.ask('/', { fn: 'calm' })).status, 200)
        t.equal(whoIs(await gateway.ask('/')), whoIs(before), 'it still serves')
        await engine.start(['--live-restore'])
        await gateway.until('runtime', '', isUp(true))
        await gateway.until('paused')
        t.strictSame(gateway.log.all('alarm'), [])
        t.equal(whoIs(await gateway.ask('/')), whoIs(before))
      },
    )
  })
}
