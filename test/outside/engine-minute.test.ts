/**
 * The engine is stopped for a minute, which is longer than what people wait for and than what a gateway may go on
 * asking for without a pause. On an engine of the test's own; a file of its own, since here the minute is the event.
 */

import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'

import { LIMITS } from '../../src/domain/limits.ts'
import { APP } from '../support/command-function.ts'
import { startGateway } from '../support/gateway.ts'
import { whoIs } from '../support/world.ts'
import { ownEngine } from './own-engine.ts'
import { ShiftedClock } from './shifted-clock.ts'
import { inFlight } from '../support/in-flight.ts'

const MINUTE_MS = 60_000
const LOOK_EVERY_MS = 1_000

const own = await ownEngine(t)
if (own) {
  const { engine, world } = own

  await t.test(
    'engine stopped for a minute: in flight breaks off, held ones wait or are told, others are served, the next is a cold start',
    async (t) => {
      const clock = new ShiftedClock()
      const functions = {
        app: world.app({ hold: { timeout: '5m' } }),
        hasty: world.app({ hold: { timeout: '20s' } }),
        child: { command: [process.execPath, APP] },
      }
      const gateway = await startGateway(t, world, { functions }, { clock })
      const first = await gateway.who()
      const child = await gateway.ask('/', { fn: 'child' })
      clock.shift(LIMITS.youngMs)
      const client = await inFlight(gateway)

      await engine.stop()
      const stoppedAt = performance.now()
      await client.ended()
      t.notMatch(client.unread, /0\r\n\r\n$/, 'what broke off does not look whole')
      await gateway.until('runtime', '', ({ up }) => !up)
      const patient = gateway.ask('/', { patienceMs: 2 * MINUTE_MS })
      const hasty = gateway.ask('/', { fn: 'hasty' })
      await gateway.held(1)
      while (performance.now() - stoppedAt < MINUTE_MS) {
        const served = await gateway.ask('/', { fn: 'child' })
        t.equal(whoIs(served), whoIs(child), 'what needs no engine is served all along')
        await wait(LOOK_EVERY_MS)
      }
      const { status, text, headers } = await hasty
      t.equal(status, 503, 'whose time was up meanwhile was told why')
      t.equal(JSON.parse(text).code, 'RUNTIME_AWAY')
      t.match(headers['retry-after'], /^[1-9]\d*$/)
      t.equal((await gateway.status()).waiters, 1, 'who may wait longer still does')

      await engine.start()
      const held = await patient
      t.equal(held.status, 200)
      t.equal(held.headers['x-coldfront-start'], 'cold')
      t.equal(JSON.parse(held.text).host, first.host, 'the kept container is started again')
      const next = await gateway.ask('/')
      t.equal(next.headers['x-coldfront-start'], 'warm')
      t.equal(whoIs(next), whoIs(held))
      t.equal((await gateway.ask('/', { fn: 'hasty' })).status, 200)
      t.strictSame(
        gateway.log.all('runtime').map(({ runtime, up }) => [runtime, up]),
        [
          ['docker', true],
          ['docker', false],
          ['docker', true],
        ],
        'it is told once that the engine is away, and once that it is back',
      )
      for (const fn of ['app', 'hasty']) {
        const { lastError, backoffMs } = await gateway.status(fn)
        t.strictSame({ lastError, backoffMs }, { lastError: undefined, backoffMs: 0 }, 'uncharged')
      }
      t.strictSame(gateway.log.all('alarm'), [])
    },
  )
}
