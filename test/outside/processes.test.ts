/** Somebody signals a child process from outside: what the client in flight, held ones and the next one get. */

import t from 'tap'

import { LIMITS } from '../../src/domain/limits.ts'
import { READY_BY_GATE, startGateway } from '../support/gateway.ts'
import { type Who, onProcesses, whoIs } from '../support/world.ts'
import { ShiftedClock } from './shifted-clock.ts'
import { inFlight } from '../support/in-flight.ts'

/** A jump of the wall clock makes the gateway look at everything within seconds, as after a suspension. */
const HOUR_MS = 3_600_000

await onProcesses(t, {
  'processes: killed, in flight breaks off and the next request starts another one': async (
    t,
    world,
  ) => {
    const clock = new ShiftedClock()
    const gateway = await startGateway(t, world, { functions: { app: world.app() } }, { clock })
    const who = await gateway.who()
    clock.shift(LIMITS.youngMs)
    const client = await inFlight(gateway)
    await world.signal(who, 'SIGKILL')
    await client.ended()
    await gateway.until('state', 'app', ({ event }) => event === 'Exited')
    const next = await gateway.ask('/')
    t.equal(next.headers['x-coldfront-start'], 'cold', next.text)
    t.not((JSON.parse(next.text) as Who).pid, who.pid)
    t.strictSame(gateway.log.all('failed'), [])
  },

  'processes: killed while somebody waits for it to be ready': async (t, world) => {
    const gateway = await startGateway(t, world, { functions: { app: world.app(READY_BY_GATE) } })
    const held = gateway.ask('/')
    await gateway.state('probing')
    await world.signal(JSON.parse((await gateway.direct('/')).text) as Who, 'SIGKILL')
    const answer = await held
    t.equal(answer.status, 502)
    t.match(gateway.log.all('failed'), [{ reason: 'exited', message: /SIGKILL/ }])
  },

  'processes: SIGSTOP from outside is found at the next look and undone, and nobody in flight is lost':
    async (t, world) => {
      const clock = new ShiftedClock()
      const gateway = await startGateway(t, world, { functions: { app: world.app() } }, { clock })
      const who = await gateway.who()
      await world.signal(who, 'SIGSTOP')
      const stuck = gateway.ask('/')
      clock.set(HOUR_MS)
      await gateway.until('state', 'app', ({ event }) => event === 'FrozenOutside')
      const answer = await stuck
      t.equal(answer.status, 200)
      t.equal((JSON.parse(answer.text) as Who).pid, who.pid)
      t.strictSame(gateway.log.all('alarm'), [])
    },

  'processes: SIGCONT from outside thaws a paused one, and the next request finds it warm': async (
    t,
    world,
  ) => {
    const clock = new ShiftedClock()
    const functions = { app: world.app({ idle: { pauseAfter: '100ms' } }) }
    const gateway = await startGateway(t, world, { functions }, { clock })
    const first = await gateway.ask('/')
    await gateway.until('paused')
    await world.signal(JSON.parse(first.text) as Who, 'SIGCONT')
    clock.set(HOUR_MS)
    await gateway.until('state', 'app', ({ event }) => event === 'ThawedOutside')
    t.equal(whoIs(await gateway.ask('/')), whoIs(first))
  },
})
