/** Child processes: what they get of the gateway, what their neighbours on the machine can see of them, and who may take their place. */

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, lstatSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'

import { makeRunDir } from '../../src/runtime/run-dir.ts'
import { APP } from '../support/command-function.ts'
import { tempDir } from '../support/temp-dir.ts'
import { defended } from './defended.ts'

const SECRET = 'hunter2-hunter2-hunter2'
const app = { command: [process.execPath, APP] }
const shell = (script: string) => ({ command: ['/bin/sh', '-c', script, process.execPath, APP] })

t.test(
  'process: a function gets nothing of the gateway’s environment but a short list',
  async (t) => {
    const env = {
      SECRET,
      AWS_SECRET_ACCESS_KEY: SECRET,
      NODE_OPTIONS: '--no-warnings',
      LD_PRELOAD: '/none.so',
      DOCKER_HOST: 'unix:///run/docker.sock',
      TZ: 'Europe/Vienna',
    }
    const fn = { ...shell('env; exec "$0" "$1"'), env: { GREETING: 'hi' } }
    const gateway = await defended(t, { env, text: { functions: { app: fn } } })
    t.equal((await gateway.ask()).status, 200)
    const lines = gateway.log.all('output', 'app').map(({ line }) => line)
    const names = lines.flatMap((line) => /^(\w+)=/.exec(line)?.[1] ?? [])
    const harness = /^(_TAPJS_\w+|NODE_OPTIONS|PWD|OLDPWD|SHLVL|_)$/
    const known = ['GREETING', 'K_CONFIGURATION', 'K_REVISION', 'K_SERVICE', 'PATH', 'PORT', 'TZ']
    t.strictSame(names.filter((name) => !harness.test(name)).sort(), known)
    t.notMatch(lines.join('\n'), SECRET)
  },
)

/** Lines of `ls -l /proc/self/fd` as `number target`. */
const descriptors = (lines: readonly string[]): string[] =>
  lines.flatMap((line) => / (\d+) -> (\S+)/.exec(line)?.slice(1, 3).join(' ') ?? [])

t.test('process: no descriptor of the gateway is open in a function', async (t) => {
  // What whoever runs the tests leaves open in every process is not the gateway's.
  const before = descriptors(execFileSync('ls', ['-l', '/proc/self/fd']).toString().split('\n'))
  const others = before.filter((line) => Number.parseInt(line, 10) > 3)
  const fn = shell('ls -l /proc/self/fd >&2; exec "$0" "$1"')
  const gateway = await defended(t, { text: { functions: { first: app, app: fn } } })
  await gateway.ask('/', { fn: 'first' })
  const held = await gateway.client()
  held.send('POST / HTTP/1.1\r\nHost: first.test\r\nContent-Length: 5\r\n\r\n')
  t.equal((await gateway.ask()).status, 200)
  const lines = gateway.log.all('output', 'app').map(({ line }) => line)
  const open = descriptors(lines)
    .filter((line) => !others.includes(line))
    .sort()
  // The last one is the directory that `ls` reads.
  const own = [/^0 \/dev\/null$/, /^1 (pipe|socket)/, /^2 (pipe|socket)/, /^3 \/proc\/\d+\/fd$/]
  t.match(open, own, open.join('; '))
  t.equal(open.length, own.length)
})

t.test(
  'process: what is secret in env never stands in an argument, where all the machine sees it',
  async (t) => {
    const seen = new Set<string>()
    const env = { SECRET, PASSWORD: '${SECRET}', PWD: '/', SHLVL: '7' }
    const fn = { ...app, env }
    const gateway = await defended(t, { env: { SECRET }, text: { functions: { app: fn } } })
    const watch = spawn('/bin/sh', [
      '-c',
      'while :; do cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " "; echo; done',
    ])
    t.teardown(() => watch.kill('SIGKILL'))
    let tail = ''
    watch.stdout.on('data', (bytes: Buffer) => {
      tail += bytes.toString('latin1')
      if (tail.includes(SECRET)) seen.add(SECRET)
      tail = tail.slice(-SECRET.length)
    })
    await once(watch.stdout, 'data')
    for (let i = 0; i < 5; i += 1) {
      t.equal((await gateway.ask()).status, 200)
      await gateway.inside('/api/v1/functions/app/stop', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
      })
      await gateway.log.until('stopped', 'app')
    }
    t.strictSame([...seen], [])
  },
)

t.test(
  'process: a variable that could only be handed over in an argument is a mistake',
  async (t) => {
    const fn = { ...app, env: { 'db.password': SECRET } }
    const starting = defended(t, { text: { functions: { app: fn } } })
    await t.rejects(starting, { name: 'ConfigError', message: /letters, digits and "_"/ })
  },
)

t.test('process: whoever took the port first gets no request', async (t) => {
  const heard: string[] = []
  const thief = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (bytes) => heard.push(bytes.toString('latin1')))
  })
  t.teardown(() => thief.close())
  thief.listen(0, '0.0.0.0')
  await once(thief, 'listening')
  const { port } = thief.address() as { port: number }
  // It lives on without its port, as an app may that only logs the error.
  const fn = { ...shell('exec sleep 60'), port, readiness: { timeout: '2s' } }
  const gateway = await defended(t, { text: { functions: { app: fn } } })
  const answer = await gateway.ask('/secret-path')
  t.equal(answer.status, 502)
  t.match(JSON.parse(answer.text), { code: 'PORT_TAKEN' })
  t.strictSame(heard, [], 'not a byte')
  t.notMatch(answer.text, String(port))
  t.equal((await gateway.status()).lastError?.reason, 'port_taken')
})

t.test(
  'process: a fault of a function with its last lines is told to those who may see them',
  async (t) => {
    const fn = shell(`echo "password is ${SECRET}"; exit 3`)
    const gateway = await defended(t, { text: { functions: { app: fn } } })
    const answer = await gateway.ask()
    t.equal(answer.status, 502)
    t.notMatch(answer.text, SECRET, 'not to clients')
    await gateway.until('its last lines', ({ lastError }) => (lastError?.log.length ?? 0) > 0)
    t.match((await gateway.inside('/api/v1/functions')).text, SECRET, 'over the socket')
    const headers = { authorization: `Bearer ${gateway.token}` }
    t.match((await gateway.admin('/api/v1/functions', { headers })).text, SECRET, 'with the token')
    t.equal((await gateway.admin('/api/v1/functions/app/logs')).status, 401)
    t.match((await gateway.inside('/api/v1/functions/app/logs')).text, SECRET)
    const events = await gateway.client(gateway.adminPort)
    events.send('GET /api/v1/events?last=1000 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
    const streamed = (await events.through('"k":"failed"')) + (await events.through('\n\n'))
    t.notMatch(streamed, SECRET, 'without: events')
    for (const path of ['/api/v1/functions', '/api/v1/functions/app', '/metrics'])
      t.notMatch((await gateway.admin(path)).text, SECRET, `without: ${path}`)
  },
)

const mode = (path: string): string => (lstatSync(path).mode & 0o777).toString(8)

t.test('directories: what the gateway makes is its own alone', async (t) => {
  const gateway = await defended(t, {
    text: { functions: { app: { ...app, socket: 'app.sock' } } },
  })
  t.equal((await gateway.ask()).status, 200)
  const state = join(gateway.dir, 'state')
  t.equal(mode(state), '700')
  for (const file of ['key', 'token', 'owner', 'admin.sock'])
    t.equal(mode(join(state, file)), '600', file)
  const { endpoint = '' } = (await gateway.status()).instances[0] ?? {}
  t.equal(mode(join(endpoint.slice('unix:'.length), '..')), '700', 'the directory of its socket')
})

t.test('directories: a state directory that others may change is refused', async (t) => {
  for (const mode of [0o777, 0o770, 0o702]) {
    const dir = tempDir(t)
    mkdirSync(join(dir, 'state'))
    chmodSync(join(dir, 'state'), mode)
    await t.rejects(
      defended(t, { dir, text: { functions: { app } } }),
      /Others may write/,
      mode.toString(8),
    )
  }
})

t.test('directories: keys that others may read are refused', async (t) => {
  const first = await defended(t, { text: { functions: { app } } })
  await first.close()
  for (const file of ['key', 'token']) {
    const path = join(first.dir, 'state', file)
    chmodSync(path, 0o644)
    await t.rejects(
      defended(t, { dir: first.dir, text: { functions: { app } } }),
      /Others may read/,
      file,
    )
    chmodSync(path, 0o600)
  }
  t.match(readFileSync(join(first.dir, 'state', 'token'), 'utf8'), /^[\w-]{43}\n$/)
})

t.test('directories: a run directory that somebody else put there first is refused', async (t) => {
  const dir = tempDir(t)
  const uid = process.getuid?.() ?? 0
  const env = { XDG_RUNTIME_DIR: dir }
  symlinkSync('/etc', join(dir, `coldfront-${uid}`))
  const before = statSync('/etc').mode
  t.throws(() => makeRunDir('/state', env), /belongs to somebody else/, 'a link')
  t.equal(statSync('/etc').mode, before, 'and what it leads to is left alone')
  const inner = { XDG_RUNTIME_DIR: join(dir, 'inner') }
  mkdirSync(join(dir, 'inner', `coldfront-${uid}`), { recursive: true })
  symlinkSync('/etc', join(dir, 'inner', `coldfront-${uid}`, 'state'))
  t.throws(() => makeRunDir('/x/state', inner), /belongs to somebody else/, 'a link further in')
})

t.test(
  'directories: what belongs to another user is refused',
  { skip: process.getuid?.() !== 0 && 'only root can give files away' },
  async (t) => {
    const { chownSync } = await import('node:fs')
    const dir = tempDir(t)
    mkdirSync(join(dir, 'coldfront-0'))
    chownSync(join(dir, 'coldfront-0'), 12_345, 12_345)
    t.throws(() => makeRunDir('/state', { XDG_RUNTIME_DIR: dir }), /belongs to somebody else/)
    const other = tempDir(t)
    mkdirSync(join(other, 'state'), { mode: 0o700 })
    chownSync(join(other, 'state'), 12_345, 12_345)
    const starting = defended(t, { dir: other, text: { functions: { app } } })
    await t.rejects(starting, /state directory .* belongs to another user/)
  },
)
