/**
 * The gateway's process is suspended and continued, and its wall clock jumps: nothing expires for it, and what
 * happened meanwhile is found.
 */

import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'

import { LIMITS } from '../../src/domain/limits.ts'
import { READY_BY_GATE, startGateway } from '../support/gateway.ts'
import { ask } from '../support/ask.ts'
import { forEachRuntime, onDocker, whoIs } from '../support/world.ts'
import { GatewayProcess } from './gateway-process.ts'
import { ShiftedClock } from './shifted-clock.ts'
import { inFlight } from '../support/in-flight.ts'

/** Long enough to be noticed, and longer than the limits in these tests. */
const SUSPENDED_MS = LIMITS.suspended.lateMs + 1_500
const HOLD_MS = 3_000
const HOUR_MS = 3_600_000

async function suspend(gateway: GatewayProcess): Promise<void> {
  gateway.program.kill('SIGSTOP')
  await wait(SUSPENDED_MS)
  gateway.program.kill('SIGCONT')
}

await onDocker(t, {
  'suspended: a held request whose time would be up is answered when its instance became ready meanwhile':
    async (t, world) => {
      const app = world.app({ ...READY_BY_GATE, hold: { timeout: `${HOLD_MS}ms` } })
      const gateway = await GatewayProcess.start(t, world, { text: { functions: { app } } })
      const held = gateway.ask('/')
      await gateway.until('up', (s) => s.instances[0]?.endpoint !== undefined)
      const endpoint = await gateway.endpoint()
      gateway.program.kill('SIGSTOP')
      await ask(endpoint, '/open?name=ready')
      // Its time is up during the suspension, by more than what counts as late, however quickly it all began.
      await wait(HOLD_MS + SUSPENDED_MS)
      gateway.program.kill('SIGCONT')
      t.equal((await held).status, 200)
    },

  'suspended: what died meanwhile is known before the next request is sent to it': async (
    t,
    world,
  ) => {
    const gateway = await GatewayProcess.start(t, world, {
      text: { functions: { app: world.app() } },
    })
    const before = await gateway.ask('/')
    gateway.program.kill('SIGSTOP')
    const { host } = JSON.parse(before.text) as { host: string }
    await world.engine.docker.getContainer(host).kill()
    await wait(SUSPENDED_MS)
    gateway.program.kill('SIGCONT')
    await gateway.until('told', ({ instances }) => instances[0]?.state !== 'ready')
    await gateway.until('tried again', ({ backoffMs }) => backoffMs === 0)
    const after = await gateway.ask('/')
    t.equal(after.status, 200)
    t.not(whoIs(after), whoIs(before))
  },
})

await forEachRuntime(t, {
  'suspended: instances, connections and idle time survive it': async (t, world) => {
    const functions = { app: world.app({ idle: { pauseAfter: '1s' } }) }
    const gateway = await GatewayProcess.start(t, world, { text: { functions } })
    const before = await gateway.ask('/')
    const client = await inFlight(gateway)
    await suspend(gateway)
    await gateway.ask('/open?name=')
    await client.through('open\n')
    t.equal(whoIs(await gateway.ask('/')), whoIs(before))
    await gateway.condition('paused')
  },

  'clock jumps: nothing expires, nothing is lost, and idle time goes on as before': async (
    t,
    world,
  ) => {
    const clock = new ShiftedClock()
    const functions = {
      app: world.app({ idle: { pauseAfter: '5m' } }),
      sleeper: world.app({ idle: { pauseAfter: '200ms' } }),
    }
    const gateway = await startGateway(t, world, { functions }, { clock })
    const before = await gateway.ask('/')
    const client = await inFlight(gateway)
    for (const jump of [24 * HOUR_MS, -48 * HOUR_MS]) {
      clock.set(jump)
      await gateway.who('sleeper')
      await gateway.until('paused', 'sleeper')
    }
    t.equal((await gateway.status()).condition, 'ready')
    await gateway.open('')
    await client.through('open\n')
    t.equal(whoIs(await gateway.ask('/')), whoIs(before))
    t.strictSame(gateway.log.all('alarm'), [])
  },
})
