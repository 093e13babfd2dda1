import t from 'tap'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DashboardFiles } from '../../../src/admin/dashboard-files.ts'
import { AdminServer } from '../../../src/admin/server.ts'
import { systemClock } from '../../../src/lib/clock.ts'
import { run } from '../../../src/cli/run.ts'
import { FakeSource } from '../admin/fake-source.ts'
import { tempDir } from '../../support/temp-dir.ts'
import { FakeShell } from './fake-shell.ts'

const token = 'T'.repeat(43)

async function listening(t: { teardown(fn: () => unknown): void }) {
  const server = new AdminServer({
    source: new FakeSource(),
    clock: systemClock,
    dashboard: new DashboardFiles('/nowhere'),
    token,
    hosts: [],
    fault: () => undefined,
  })
  t.teardown(() => server.close())
  const dir = tempDir(t)
  const stateDir = join(dir, 'state')
  const config = join(dir, 'gateway.yaml')
  writeFileSync(config, `stateDir: ${stateDir}\nfunctions: {}\n`)
  return { server, dir, stateDir, config }
}

async function ps(...words: string[]) {
  const shell = new FakeShell()
  const code = await run(['ps', ...words], shell)
  return { code, out: shell.stdout, err: shell.stderr }
}

t.test('ps: finds the gateway through the state directory of the configuration', async (t) => {
  const { server, stateDir, config } = await listening(t)
  const absent = await ps('--config', config)
  t.match(absent, { code: 1, err: /no gateway is running: nothing answers at .*admin\.sock/ })
  mkdirSync(stateDir)
  await server.listenUnix(join(stateDir, 'admin.sock'))
  t.match(await ps('--config', config), { code: 0, out: /^hello +cold .*812 ms/m, err: '' })
})

t.test('ps: asks a unix socket or an address directly, as JSON where wanted', async (t) => {
  const { server, dir } = await listening(t)
  const path = join(dir, 'admin.sock')
  await server.listenUnix(path)
  const json = await ps('--admin', `unix:${path}`, '--json')
  t.match(JSON.parse(json.out), {
    functions: [{ id: 'hello' }, { lastError: { log: ['password: x'] } }],
  })
  const port = await server.listenTcp({ host: '127.0.0.1', port: 0 })
  t.match(await ps('--admin', `http://127.0.0.1:${port}`), { code: 0, out: /^broken +backoff/m })
})

t.test('ps: sends the token from its file', async (t) => {
  const { server, dir } = await listening(t)
  writeFileSync(join(dir, 'token'), `${token}\n`)
  const port = await server.listenTcp({ host: '127.0.0.1', port: 0 })
  const words = ['--json', '--admin', `http://127.0.0.1:${port}`]
  const anonymous = await ps(...words)
  t.notMatch(anonymous.out, 'password')
  const known = await ps(...words, '--token-file', join(dir, 'token'))
  t.match(known.out, 'password')
  t.match(await ps(...words, '--token-file', join(dir, 'nope')), {
    code: 1,
    err: /token cannot be read/,
  })
})

t.test('ps: a wrong address is a mistake of the command line', async (t) => {
  for (const address of ['127.0.0.1:9090', 'ftp://x', 'nonsense']) {
    t.match(await ps('--admin', address), { code: 2, err: /--admin needs/ })
  }
})
