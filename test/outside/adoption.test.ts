/** A gateway is killed, and the next one on its state takes over what it finds; another one's is left alone. */

import t from 'tap'

import { READY_BY_GATE, startGateway } from '../support/gateway.ts'
import { ask } from '../support/ask.ts'
import { onDocker, onProcesses, whoIs } from '../support/world.ts'
import { GatewayProcess } from './gateway-process.ts'
import { inFlight } from '../support/in-flight.ts'

/** A fault that no test could provoke is made from outside. */
const FAULT = `data:text/javascript,process.on('SIGUSR2',()=>{throw new Error('boom')})`

await onDocker(t, {
  'a fault of the program: it ends with its last words, and the next one takes over what it left':
    async (t, world) => {
      const text = { functions: { app: world.app() } }
      const nodeArgs = ['--import', FAULT]
      const first = await GatewayProcess.start(t, world, { text, nodeArgs })
      const before = await first.ask('/')
      const client = await inFlight(first)
      first.program.kill('SIGUSR2')
      await client.ended()
      t.notMatch(client.unread, /0\r\n\r\n$/, 'what broke off does not look whole')
      const { code } = await first.program.ended()
      t.ok(code !== null && code > 0, `exit code ${code}`)
      t.match(first.program.lines.join('\n'), /fault of the program.*boom/)
      const second = await GatewayProcess.start(t, world, { text, dir: first.dir })
      t.equal(whoIs(await second.ask('/')), whoIs(before))
    },

  'kill -9: the same container serves on after a restart, without another start': async (
    t,
    world,
  ) => {
    const text = { functions: { app: world.app() } }
    const first = await GatewayProcess.start(t, world, { text })
    const before = await first.ask('/')
    const [instance] = (await first.status()).instances
    await first.kill()
    const second = await GatewayProcess.start(t, world, { text, dir: first.dir })
    const after = await second.ask('/')
    t.equal(after.status, 200)
    t.equal(whoIs(after), whoIs(before))
    t.match((await second.status()).instances, [{ id: instance?.id, run: instance?.run }])
  },

  'kill -9: a paused one is known as paused, and resumed by the next request': async (t, world) => {
    const text = { functions: { app: world.app({ idle: { pauseAfter: '100ms' } }) } }
    const first = await GatewayProcess.start(t, world, { text })
    const before = await first.ask('/')
    await first.condition('paused')
    await first.kill()
    const second = await GatewayProcess.start(t, world, { text, dir: first.dir })
    await second.condition('paused')
    const after = await second.ask('/')
    t.equal(after.headers['x-coldfront-start'], 'resumed')
    t.equal(whoIs(after), whoIs(before))
  },

  'kill -9: a stopped one is kept, and started again by the next request': async (t, world) => {
    const text = { functions: { app: world.app({ idle: { stopAfter: '100ms' } }) } }
    const first = await GatewayProcess.start(t, world, { text })
    const { host } = await first.who()
    await first.until('stopped', ({ instances }) => instances[0]?.state === 'dormant')
    await first.kill()
    const second = await GatewayProcess.start(t, world, { text, dir: first.dir })
    t.equal((await second.who()).host, host)
  },

  'kill -9 during a start: the next gateway finishes it': async (t, world) => {
    const text = { functions: { app: world.app(READY_BY_GATE) } }
    const first = await GatewayProcess.start(t, world, { text })
    const lost = first.ask('/').catch((error: Error) => error)
    const { instances } = await first.until('up', (s) => s.instances[0]?.state === 'probing')
    await first.kill()
    t.type(await lost, Error, 'who waited sees the connection end')
    const second = await GatewayProcess.start(t, world, { text, dir: first.dir })
    const held = second.ask('/')
    const found = await second.until('up', (s) => s.instances[0]?.endpoint !== undefined)
    t.equal(found.instances[0]?.id, instances[0]?.id)
    await ask(await second.endpoint(), '/open?name=ready')
    t.equal((await held).status, 200)
    t.equal((await second.status()).instances.length, 1)
  },

  'kill -9 between create and start: what was made is used by the next request': async (
    t,
    world,
  ) => {
    const text = { functions: { app: world.app() } }
    const first = await GatewayProcess.start(t, world, { text })
    const { host } = await first.who()
    await first.kill()
    // As it is left in that moment: made from the same order, and never started.
    const { docker } = world.engine
    const made = await docker.getContainer(host).inspect()
    await docker.getContainer(host).remove({ force: true })
    const { Image, Env, Cmd, Labels } = made.Config
    const again = await docker.createContainer({
      name: made.Name.slice(1),
      Image,
      Env,
      Cmd,
      Labels,
      HostConfig: made.HostConfig,
    })
    const second = await GatewayProcess.start(t, world, { text, dir: first.dir })
    t.equal((await second.who()).host, again.id.slice(0, 12))
    t.equal((await second.status()).instances.length, 1)
  },

  'kill -9: a gateway that is ended before it has heard what is there ends that, too': async (
    t,
    world,
  ) => {
    const text = { functions: { app: world.app() } }
    const first = await GatewayProcess.start(t, world, { text })
    const left = await first.who()
    await first.kill()
    const second = await GatewayProcess.start(t, world, { text, dir: first.dir })
    second.program.kill('SIGTERM')
    t.match(await second.program.ended(), { code: 0 })
    await world.gone(left)
  },

  'kill -9: what an earlier configuration left is ended by the next gateway': async (t, world) => {
    const functions = { app: world.app(), other: world.app() }
    const first = await GatewayProcess.start(t, world, { text: { functions } })
    const left = await first.who('other')
    await first.kill()
    const text = { functions: { app: world.app() } }
    await GatewayProcess.start(t, world, { text, dir: first.dir })
    await world.gone(left)
  },

  'two gateways on one engine do not touch each other’s': async (t, world) => {
    const functions = { app: world.app({ idle: { stopAfter: '1h', removeAfter: '1h' } }) }
    const one = await startGateway(t, world, { functions })
    const first = await one.ask('/')
    const two = await startGateway(t, world, { functions })
    t.equal((await two.status()).instances.length, 0, 'nothing of it is adopted')
    const second = await two.ask('/')
    t.not(whoIs(second), whoIs(first))
    await two.close()
    await world.gone(JSON.parse(second.text))
    t.equal(whoIs(await one.ask('/')), whoIs(first))
    t.equal((await one.status()).instances.length, 1)
  },

  'spoofed labels: a copy of an instance with another signature gets no request': async (
    t,
    world,
  ) => {
    const functions = { app: world.app() }
    const gateway = await startGateway(t, world, { functions })
    const first = await gateway.who()
    const { docker } = world.engine
    const { Image, Labels } = (await docker.getContainer(first.host).inspect()).Config
    const forged = { ...Labels, 'coldfront.instance': 'app-0000000000' }
    const spoof = await docker.createContainer({ Image, Labels: forged })
    await spoof.start()
    await gateway.admin('/api/v1/functions/app/stop', 'POST')
    await gateway.state('dormant')
    for (let i = 0; i < 5; i += 1) t.equal((await gateway.who()).host, first.host)
    t.equal((await gateway.status()).instances.length, 1)
    t.equal((await spoof.inspect()).State.Running, true, 'and it is left alone')
  },
})

await onProcesses(t, {
  'kill -9: child processes end with their gateway, and the next one starts its own': async (
    t,
    world,
  ) => {
    const text = { functions: { app: world.app() } }
    const first = await GatewayProcess.start(t, world, { text })
    const before = await first.who()
    await first.kill()
    await world.gone(before)
    const second = await GatewayProcess.start(t, world, { text, dir: first.dir })
    t.not((await second.who()).pid, before.pid)
  },
})
