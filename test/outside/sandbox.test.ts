/** A sandbox under a whole gateway: ahead of the first request, over a killed gateway, and ended by somebody's hand. */

import type Docker from 'dockerode'
import t from 'tap'

import { LIMITS } from '../../src/domain/limits.ts'
import { startGateway } from '../support/gateway.ts'
import { type DockerWorld, type Options, type Who, onDocker, whoIs } from '../support/world.ts'
import { GatewayProcess } from './gateway-process.ts'
import { ShiftedClock } from './shifted-clock.ts'
import { inFlight } from '../support/in-flight.ts'

/** An app in a sandbox has the name of that one, which is the beginning of its id. */
const sandboxOf = ({ engine }: DockerWorld, who: Who): Docker.Container =>
  engine.docker.getContainer(who.host)

const whoOf = ({ text }: { readonly text: string }): Who => JSON.parse(text) as Who

/** A function with a sandbox, and what there is of it, by what each container is to its instance. */
function marked(world: DockerWorld, options: Options = {}) {
  marks += 1
  const mark = `${process.pid}-${marks}`
  const labels = { ...world.engine.labels, 'sandbox-test': mark }
  const roles = async (): Promise<readonly string[]> => {
    const filters = { label: [`sandbox-test=${mark}`] }
    const listed = await world.engine.docker.listContainers({ all: true, filters })
    return listed.map(({ Labels }) => Labels['coldfront.role'] ?? 'instance').toSorted()
  }
  return { app: world.app({ ...options, sandbox: true, labels }), roles }
}

let marks = 0

await onDocker(t, {
  'sandbox: prepared with its container, so that the first request joins it; its end leaves neither':
    async (t, world) => {
      const { app, roles } = marked(world, { instances: { prepared: 1 } })
      const gateway = await startGateway(t, world, { functions: { app } })
      await gateway.state('dormant')
      t.same(await roles(), ['instance', 'sandbox'])
      const answer = await gateway.ask('/')
      t.equal(answer.headers['x-coldfront-start'], 'cold')
      t.same(await roles(), ['instance', 'sandbox'], 'and it needed no others')
      t.equal((await gateway.status()).instances.length, 1, 'a sandbox is no instance')
      await gateway.close()
      t.same(await roles(), [])
    },

  'sandbox: kill -9, and the next gateway serves from both, running or stopped': async (
    t,
    world,
  ) => {
    const { app, roles } = marked(world)
    const text = { functions: { app } }
    const first = await GatewayProcess.start(t, world, { text })
    const before = await first.ask('/')
    await first.kill()
    const brief = { functions: { app: { ...app, idle: { stopAfter: '100ms' } } } }
    const second = await GatewayProcess.start(t, world, { text: brief, dir: first.dir })
    t.equal(whoIs(await second.ask('/')), whoIs(before))
    await second.until('stopped', ({ instances }) => instances[0]?.state === 'dormant')
    await second.kill()
    const third = await GatewayProcess.start(t, world, { text: brief, dir: first.dir })
    t.equal((await third.who()).host, whoOf(before).host)
    t.same(await roles(), ['instance', 'sandbox'])
  },

  'sandbox: killed by hand, in flight breaks off, and the next request starts both anew': async (
    t,
    world,
  ) => {
    const clock = new ShiftedClock()
    const { app } = marked(world)
    const gateway = await startGateway(t, world, { functions: { app } }, { clock })
    const before = await gateway.ask('/')
    await gateway.state('ready')
    clock.shift(LIMITS.youngMs)
    const client = await inFlight(gateway)
    await sandboxOf(world, whoOf(before)).kill()
    await client.ended()
    await gateway.until('state', 'app', ({ event }) => event === 'Exited')
    const next = await gateway.ask('/')
    t.equal(next.status, 200)
    t.equal(whoOf(next).host, whoOf(before).host)
    t.not(whoIs(next), whoIs(before))
    t.strictSame(gateway.log.all('alarm'), [])
    t.strictSame(gateway.log.all('failed'), [])
  },

  'sandbox: removed by hand, the next request gets another instance, and nothing is left': async (
    t,
    world,
  ) => {
    const { app, roles } = marked(world, { idle: { stopAfter: '100ms' } })
    const gateway = await startGateway(t, world, { functions: { app } })
    const before = await gateway.who()
    await gateway.state('dormant')
    await sandboxOf(world, before).remove({ force: true })
    await gateway.state('stopped')
    const next = await gateway.ask('/')
    t.equal(next.status, 200)
    t.not(whoOf(next).host, before.host)
    t.strictSame(gateway.log.all('alarm'), [])
    await gateway.close()
    t.same(await roles(), [])
  },

  'sandbox: switched on by a reload, the next instance has one': async (t, world) => {
    const { app, roles } = marked(world)
    const { sandbox: _, ...plain } = app
    const gateway = await startGateway(t, world, { functions: { app: plain } })
    const before = await gateway.ask('/')
    t.same(await roles(), ['instance'])
    await gateway.rewrite({ functions: { app } })
    await gateway.reload()
    await gateway.state('stopped')
    const after = await gateway.ask('/')
    t.equal(after.status, 200)
    t.not(whoIs(after), whoIs(before))
    t.ok((await roles()).includes('sandbox'))
  },
})
