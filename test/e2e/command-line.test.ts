/** Every command that asks or orders something of a running gateway, against one. */

import t from 'tap'

import { RunningCommand, type Ran, runCommand } from '../support/command-line.ts'
import { type TestGateway, startGateway } from '../support/gateway.ts'
import { type World, forEachRuntime, onProcesses } from '../support/world.ts'

/** As a person would in the directory of the configuration. */
const words = (gateway: TestGateway, text: string): string[] => [
  ...text.split(' '),
  '--config',
  `${gateway.dir}/gateway.yaml`,
]

const run = (gateway: TestGateway, text: string): Promise<Ran> => runCommand(words(gateway, text))

const bad = (world: World) =>
  world.app({ env: { EXIT_AT_ONCE: '3' }, readiness: { timeout: '20s' } })

await forEachRuntime(t, {
  'wake: waits until the function is ready and says how it went': async (t, world) => {
    const gateway = await startGateway(t, world, { functions: { app: world.app() } })
    const first = await run(gateway, 'wake app')
    t.match(first, { code: 0, err: '' })
    t.match(first.out, /^app is ready after \d+ ms \(cold\): .*start \d+ ms/)
    t.match(await run(gateway, 'wake app'), { code: 0, out: 'app is ready already\n' })
  },

  'wake: tells why a function did not become ready, with its last words': async (t, world) => {
    const gateway = await startGateway(t, world, { functions: { app: bad(world) } })
    const failed = await run(gateway, 'wake app')
    t.match(failed, { code: 1, out: '', err: /^coldfront: app did not become ready \(exited\): / })
    const asJson = JSON.parse((await run(gateway, 'wake app --json')).out) as unknown
    t.match(asJson, { result: 'failed', event: { k: 'failed', reason: 'exited' } })
  },

  'stop, pause and warm: order what they say': async (t, world) => {
    const idle = { pauseAfter: '10m' }
    const gateway = await startGateway(t, world, { functions: { app: world.app({ idle }) } })
    t.match(await run(gateway, 'warm app --for 2h'), { code: 0, out: 'keeping app warm\n' })
    await gateway.until('ready')
    t.match(await run(gateway, 'ps'), { out: /^app +ready, kept 1h/m })
    t.match(await run(gateway, 'pause app'), { code: 0 })
    await gateway.until('paused')
    t.match(await gateway.status(), { warmUntil: undefined })
    t.match(await run(gateway, 'stop app'), { code: 0, out: /stopping app/ })
    t.match(await gateway.until('stopped'), { why: 'no longer wanted' })
  },

  'logs: what a function printed, and with -f what it prints': async (t, world) => {
    const gateway = await startGateway(t, world, { functions: { app: world.app() } })
    await gateway.ask('/print?line=before')
    await gateway.printed('before')
    t.match(await run(gateway, 'logs app'), { code: 0, out: /T.*Z app-\w+ \| before\n/ })
    const following = new RunningCommand(words(gateway, 'logs app -f --last 1 --json'))
    t.teardown(() => following.leave())
    await following.printed(/"line":"before"/)
    await gateway.ask('/print?line=after')
    await following.printed(/"line":"after"/)
    following.leave()
    t.match(await following.ended(), { code: 0, err: '' })
  },
})

await onProcesses(t, {
  'events: tell what happens until nobody reads them': async (t, world) => {
    const gateway = await startGateway(t, world, { functions: { app: world.app() } })
    await gateway.ask('/a?token=secret')
    const told = new RunningCommand(words(gateway, 'events --function app --last 100'))
    await told.printed(/app: ready by=cold totalMs=/)
    t.match(told.out, /app: woken why=request by=\(host app\.test · path \/a · client 127\.0\.0\.1/)
    t.notMatch(told.out, /secret|state/)
    const all = new RunningCommand(words(gateway, 'events --last 100 --all --json'))
    await all.printed(/"k":"ready"/)
    t.match(all.out, /"k":"state"/)
    for (const command of [told, all]) {
      command.leave()
      t.match(await command.ended(), { code: 0, err: '' })
    }
  },

  'events: go on when the gateway was started anew': async (t, world) => {
    const functions = { app: world.app() }
    const first = await startGateway(t, world, { functions })
    const told = new RunningCommand(words(first, 'events --last 100'))
    t.teardown(() => told.leave())
    await told.printed(/listening/)
    await first.close()
    await told.printed(/the connection is lost/)
    const second = await startGateway(t, world, { functions }, { dir: first.dir })
    await told.printed(/some events are missing here/)
    await second.ask('/')
    await told.printed(/app: ready/)
    told.leave()
    t.match(await told.ended(), { code: 0 })
  },

  'reload: says that it was done, or what is wrong': async (t, world) => {
    const gateway = await startGateway(t, world, { functions: { app: world.app() } })
    t.match(await run(gateway, 'reload'), { code: 0, out: 'the configuration was read again\n' })
    const admin = ['--admin', `unix:${gateway.dir}/state/admin.sock`]
    await gateway.rewrite({ functions: { app: { ...world.app(), idel: {} } } })
    const failed = await runCommand(['reload', ...admin])
    t.match(failed, {
      code: 1,
      out: '',
      err: /there is no option "idel" here; did you mean idle\?/,
    })
  },

  'routes: say which function answers, and why': async (t, world) => {
    const app = world.app({ hosts: ['app.test', 'example.test/api/', '*.example.test'] })
    const gateway = await startGateway(t, world, { functions: { app } })
    const out = async (place: string) => (await run(gateway, `routes ${place}`)).out
    t.match(
      await out('example.test/api/x'),
      'example.test/api/x → app\n  by its host route example.test/api/',
    )
    t.match(
      await out('https://A.example.test?q'),
      'a.example.test/?q → app\n  by its wildcard *.example.test',
    )
    t.match(await run(gateway, 'routes other.test'), { code: 1, out: /other\.test\/ → nothing/ })
    t.match(await run(gateway, 'routes a_b:c'), { code: 1, err: /"host" is a host/ })
    const { out: json } = await run(gateway, 'routes app.test --json')
    t.match(JSON.parse(json), { by: 'exact', function: 'app', route: 'app.test' })
  },

  'commands: of a function that is not there are a failure': async (t, world) => {
    const gateway = await startGateway(t, world, { functions: { app: world.app() } })
    for (const text of ['wake', 'pause', 'stop', 'warm', 'logs', 'logs -f', 'events --function'])
      t.match(
        await run(gateway, `${text} nope`),
        { code: 1, out: '', err: /no function nope/ },
        text,
      )
    t.match(await run(gateway, 'warm app --for ever'), { code: 1, err: /a duration of at most 7d/ })
    t.match(await run(gateway, 'ps --names'), { code: 0, out: 'app\n' })
    t.match(await run(gateway, 'wake app --no-wait'), { code: 0, out: 'waking app\n' })
  },
})
