/** Disk and memory run out: requests go on, and what failed is named. */

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'

import { LIMITS } from '../../src/domain/limits.ts'
import { startGateway } from '../support/gateway.ts'
import { httpAsk } from '../support/http-ask.ts'
import { tempDir } from '../support/temp-dir.ts'
import { forEachRuntime, onDocker, onProcesses, whoIs } from '../support/world.ts'
import { GatewayProcess } from './gateway-process.ts'
import { ShiftedClock } from './shifted-clock.ts'
import { inFlight } from '../support/in-flight.ts'

const DISK_KB = 256

const canMount =
  process.platform === 'linux' && process.getuid?.() === 0 ? undefined : 'a small disk needs root'

/** A file system of its own that can be filled up; unmounted at the end. */
function smallDisk(t: Test): { readonly dir: string; fill(): void } {
  const dir = join(tempDir(t), 'disk')
  mkdirSync(dir)
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_KB}k,mode=0700`, 'tmpfs', dir])
  t.teardown(() => execFileSync('umount', ['-l', dir]))
  const fill = (): void => {
    const { bfree, bsize } = statfsSync(dir)
    writeFileSync(join(dir, 'full'), Buffer.alloc(bfree * bsize))
  }
  return { dir, fill }
}

await onProcesses(t, {
  'disk full: with a log that cannot be written requests are answered, and the lost lines are counted':
    async (t, world) => {
      if (!existsSync('/dev/full')) return void t.pass('no /dev/full', { skip: 'no /dev/full' })
      // Where it listens cannot be read from its log, and a port chosen for it may be somebody else's by then.
      const socketPath = join(tempDir(t), 'http.sock')
      const text = { listen: { http: `unix:${socketPath}` }, functions: { app: world.app() } }
      const gateway = await GatewayProcess.start(t, world, { text, shell: 'exec "$@" >/dev/full' })
      const ask = () => httpAsk({ socketPath }, { path: '/', host: 'app.test' })
      for (let tries = 0; ; tries += 1) {
        const answer = await ask().catch((error: Error) => error)
        if (!(answer instanceof Error)) break
        if (tries === 1_000) throw answer
        await new Promise((resolve) => {
          setTimeout(resolve, 20)
        })
      }
      for (let i = 0; i < 20; i += 1) t.equal((await ask()).status, 200)
      const admin = { socketPath: join(gateway.dir, 'state', 'admin.sock') }
      const { text: metrics } = await httpAsk(admin, { path: '/metrics' })
      const [, lost] = /^coldfront_log\w*dropped\w* (\d+)/m.exec(metrics) ?? []
      t.ok(Number(lost) > 0, `${lost} lines lost`)
      gateway.program.kill('SIGTERM')
      t.match(await gateway.program.ended(), { code: 0 }, 'and it ends as always')
    },

  'disk full: a new state directory cannot be made, and the start says so': async (t, world) => {
    if (canMount) return void t.pass(canMount, { skip: canMount })
    const disk = smallDisk(t)
    disk.fill()
    const text = { stateDir: join(disk.dir, 'state'), functions: { app: world.app() } }
    await t.rejects(startGateway(t, world, text), { message: /ENOSPC|no space/i })
  },
})

await forEachRuntime(t, {
  'disk full: a gateway that runs serves, reloads, starts instances and is started again on its state':
    async (t, world) => {
      if (canMount) return void t.pass(canMount, { skip: canMount })
      const disk = smallDisk(t)
      const stateDir = join(disk.dir, 'state')
      const text = { stateDir, functions: { app: world.app() } }
      const gateway = await startGateway(t, world, text)
      disk.fill()
      t.equal((await gateway.ask('/')).status, 200)
      await gateway.rewrite({ ...text, functions: { ...text.functions, other: world.app() } })
      t.equal(await gateway.reload(), undefined)
      t.equal((await gateway.ask('/', { fn: 'other' })).status, 200)
      await gateway.close()
      const next = await startGateway(t, world, text)
      t.equal((await next.ask('/')).status, 200)
    },
})

await onDocker(t, {
  'disk full: the first container function can be declared by a reload': async (t, world) => {
    if (canMount) return void t.pass(canMount, { skip: canMount })
    const disk = smallDisk(t)
    const stateDir = join(disk.dir, 'state')
    const gateway = await startGateway(t, world, { stateDir, functions: {} })
    disk.fill()
    await gateway.rewrite({ stateDir, functions: { app: world.app() } })
    t.equal(await gateway.reload(), undefined)
    t.equal((await gateway.ask('/')).status, 200)
  },

  'out of memory: a start that needs too much fails by its name, for clients and in the status':
    async (t, world) => {
      const app = world.app({ memory: '48m', env: { ALLOCATE_MIB: '300' } })
      const gateway = await startGateway(t, world, { functions: { app } })
      const answer = await gateway.ask('/')
      t.equal(answer.status, 502)
      t.equal(JSON.parse(answer.text).code, 'START_FAILED')
      t.match(await gateway.status(), { lastError: { reason: 'oom_killed', message: /memory/ } })
    },

  'out of memory: one that has served and outgrows its limit breaks off what is in flight, and the next start serves who comes':
    async (t, world) => {
      const clock = new ShiftedClock()
      const app = world.app({ memory: '64m', concurrency: 2 })
      const gateway = await startGateway(t, world, { functions: { app } }, { clock })
      const before = await gateway.ask('/')
      await gateway.state('ready')
      clock.shift(LIMITS.youngMs)
      const client = await inFlight(gateway)
      const grown = gateway.ask('/grow?mib=300')
      await gateway.untilStatus('both in flight', ({ inFlight }) => inFlight === 2)
      const held = gateway.ask('/')
      const { status, text } = await grown
      t.equal(status, 502, 'nothing of the answer had come')
      t.equal(JSON.parse(text).code, 'UPSTREAM_CLOSED')
      await client.ended()
      t.notMatch(client.unread, /0\r\n\r\n$/, 'what broke off does not look whole')
      const waited = await held
      // The place that broke off is free at once, and in that moment the kernel still accepts connections for it.
      const isLost = waited.status === 502 && JSON.parse(waited.text).code === 'UPSTREAM_CLOSED'
      t.ok(waited.status === 200 || isLost, `who waited is served or told: ${waited.status}`)
      await gateway.until('stopped')
      const next = await gateway.ask('/')
      t.equal(next.status, 200)
      t.not(whoIs(next), whoIs(before))
      const message = 'app: was killed at its memory limit: raise memory:, or let it take less'
      t.match((await gateway.status()).lastError, { reason: 'oom_killed', message })
      t.match(gateway.log.all('stopped'), [{ why: 'out of memory', problem: message }])
      t.strictSame(gateway.log.all('failed'), [], 'it is no failed start: nobody has to wait')
    },
})
