/**
 * The gateway's process is suspended for a minute, longer than the times of this configuration: what became ready,
 * died or arrived meanwhile is found before anything expires. A file of its own, since here the minute is the event.
 */

import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'

import { ask } from '../support/ask.ts'
import { APP } from '../support/command-function.ts'
import { READY_BY_GATE } from '../support/gateway.ts'
import { onDocker, whoIs } from '../support/world.ts'
import { GatewayProcess } from './gateway-process.ts'
import { inFlight } from '../support/in-flight.ts'

const MINUTE_MS = 60_000

await onDocker(t, {
  'suspended for a minute: in flight goes on, held and arriving ones are answered, nothing expired, and what died is known':
    async (t, world) => {
      const idle = { pauseAfter: '20s', stopAfter: '40s' }
      const functions = {
        app: world.app({ idle }),
        waking: world.app({ ...READY_BY_GATE, hold: { timeout: '20s' } }),
        dying: world.app(),
        child: { command: [process.execPath, APP], runtime: 'process', idle },
      }
      const gateway = await GatewayProcess.start(t, world, { text: { functions } })
      const app = await gateway.ask('/')
      const child = await gateway.ask('/', { fn: 'child' })
      const dying = await gateway.ask('/', { fn: 'dying' })
      const client = await inFlight(gateway)
      const held = gateway.ask('/', { fn: 'waking', patienceMs: 2 * MINUTE_MS })
      await gateway.until('up', (s) => s.instances[0]?.endpoint !== undefined, 'waking')
      const endpoint = await gateway.endpoint('waking')
      const instance = await gateway.endpoint()

      gateway.program.kill('SIGSTOP')
      await ask(endpoint, '/open?name=ready')
      const { host } = JSON.parse(dying.text) as { host: string }
      await world.engine.docker.getContainer(host).kill()
      // The kernel takes its connection, and nobody is there to read from it.
      const arriving = gateway.ask('/slow?ms=500', { patienceMs: 2 * MINUTE_MS })
      await wait(MINUTE_MS)
      gateway.program.kill('SIGCONT')

      t.equal((await held).status, 200, 'its time was up, and its instance had become ready')
      const arrived = await arriving
      t.equal(arrived.headers['x-coldfront-start'], 'warm')
      t.equal(whoIs(arrived), whoIs(app), 'it was not put to sleep')
      await ask(instance, '/open?name=')
      await client.through('open\n')
      t.equal(whoIs(await gateway.ask('/', { fn: 'child' })), whoIs(child))
      const dead = (s: { instances: readonly { state: string }[] }) =>
        s.instances[0]?.state !== 'ready'
      await gateway.until('known as dead', dead, 'dying')
      await gateway.until('tried again', ({ backoffMs }) => backoffMs === 0, 'dying')
      const next = await gateway.ask('/', { fn: 'dying' })
      t.equal(next.status, 200)
      t.not(whoIs(next), whoIs(dying))
      t.notOk(gateway.program.lines.some((line) => line.includes('"msg":"alarm"')))
    },
})
