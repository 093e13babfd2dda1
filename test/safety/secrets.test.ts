/** A secret from the environment or a file reaches its function and nothing else: no log, status, metric, answer, or last words. */

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import t from 'tap'
import { parse } from 'yaml'

import { APP } from '../support/command-function.ts'
import { engineOrSkip } from '../support/engine.ts'
import { httpAsk } from '../support/http-ask.ts'
import { tempDir } from '../support/temp-dir.ts'
import { type Defended, defended, writeConfig } from './defended.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const MAIN = join(ROOT, 'src/main.ts')
const FROM_ENV = 'env-hunter2-hunter2'
const FROM_FILE = 'file-hunter2-hunter2'
const SECRETS = new RegExp(`${FROM_ENV}|${FROM_FILE}|hunter2`)

const secretive = {
  command: [process.execPath, APP, '--token=${SECRET}'],
  env: { FROM_ENV: '${SECRET}', FROM_FILE: '${file:./secret}', URL: 'postgres://u:${SECRET}@db/x' },
}
/** Ways to fail with secrets at hand. */
const functions = {
  app: secretive,
  exits: { ...secretive, command: ['/bin/sh', '-c', 'exit 3', '${SECRET}'] },
  missing: { ...secretive, command: ['/nowhere/program', '${SECRET}'] },
  silent: { ...secretive, command: ['sleep', '60'], readiness: { timeout: '200ms' } },
  refusing: { upstream: '127.0.0.1:1' },
}

function place(t: Test): string {
  const dir = tempDir(t)
  writeFileSync(join(dir, 'secret'), `${FROM_FILE}\n`)
  return dir
}

/** All that the gateway says to anybody, by its places. */
async function everything(gateway: Defended, names: readonly string[]) {
  const said = new Map<string, string>()
  for (const fn of names) {
    const answer = await gateway.ask('/', { fn, headers: { accept: 'text/html' } })
    said.set(`answer of ${fn}`, `${JSON.stringify(answer.headers)}${answer.text}`)
    said.set(`problem of ${fn}`, (await gateway.ask('/', { fn })).text)
  }
  for (const path of ['/metrics', '/api/v1/functions', '/api/v1/functions/app']) {
    said.set(`socket ${path}`, (await gateway.inside(path)).text)
    said.set(`port ${path}`, (await gateway.admin(path)).text)
  }
  said.set('log', await gateway.written())
  said.set('events', JSON.stringify([gateway.log.events, gateway.log.requests]))
  return said
}

t.test('secrets: they reach the function', async (t) => {
  const text = { functions: { app: secretive } }
  const gateway = await defended(t, { dir: place(t), env: { SECRET: FROM_ENV }, text })
  const { text: env } = await gateway.ask('/env?names=FROM_ENV,FROM_FILE,URL')
  t.strictSame(JSON.parse(env), {
    FROM_ENV,
    FROM_FILE,
    URL: `postgres://u:${FROM_ENV}@db/x`,
  })
})

t.test('secrets: nothing that the gateway says holds them, whatever fails', async (t) => {
  const gateway = await defended(t, {
    dir: place(t),
    env: { SECRET: FROM_ENV },
    text: { functions },
  })
  for (const [where, text] of await everything(gateway, Object.keys(functions)))
    t.notMatch(text, SECRETS, where)
})

t.test('secrets: nothing that the gateway says of containers holds them', async (t) => {
  const engine = await engineOrSkip(t)
  if (!engine) return
  const image = await engine.image('busybox')
  const { env } = secretive
  const shared = { image, pull: 'never', env, labels: engine.labels }
  const containers = {
    app: { ...shared, command: ['httpd', '-f', '-p', '8080', '-h', '${file:./secret}'] },
    exits: { ...shared, command: ['sh', '-c', 'exit 3', '${SECRET}'] },
    missing: { ...shared, entrypoint: ['/nowhere'], command: ['${SECRET}'] },
    absent: { ...shared, image: 'no-such-image:none' },
    network: { ...shared, networks: ['no-such-network'] },
  }
  const docker = { host: `unix://${engine.socketPath}` }
  const text = { docker, functions: containers }
  const gateway = await defended(t, { dir: place(t), env: { SECRET: FROM_ENV }, text })
  for (const [where, said] of await everything(gateway, Object.keys(containers))) {
    // What the program itself prints is its own.
    const own = said.split('\n').filter((line) => !/chdir|can't change directory/.test(line))
    t.notMatch(own.join('\n'), SECRETS, where)
  }
})

t.test('secrets: a reload that fails tells the mistake and no value', async (t) => {
  const dir = place(t)
  const text = { functions: { app: secretive } }
  const gateway = await defended(t, { dir, env: { SECRET: FROM_ENV }, text })
  writeConfig(dir, {
    functions: { app: { ...secretive, upstream: '${SECRET}', port: '${file:./secret}' } },
  })
  const wrong = await gateway.reload()
  t.match(wrong, /\$\{SECRET\}/)
  t.notMatch(wrong, SECRETS)
  t.notMatch(await gateway.written(), SECRETS)
})

t.test('secrets: query strings, credentials and bodies of requests are not logged', async (t) => {
  const text = { functions: { refusing: functions.refusing } }
  const gateway = await defended(t, { text })
  const headers = {
    authorization: `Bearer ${FROM_ENV}`,
    cookie: `session=${FROM_ENV}`,
    referer: `https://a.example/?token=${FROM_ENV}`,
    'x-api-key': FROM_ENV,
  }
  const body = `password=${FROM_ENV}`
  for (const fn of ['refusing', 'nobody'])
    await gateway.ask(`/login?token=${FROM_ENV}`, { fn, method: 'POST', headers, body })
  const client = await gateway.client()
  client.send(`GET http://u:${FROM_ENV}@refusing.test/#x HTTP/1.1\r\nHost: refusing.test\r\n\r\n`)
  t.equal((await client.message()).status, 400)
  const written = await gateway.written()
  t.match(written, /\/login/)
  t.notMatch(written, SECRETS)
})

/** The program as people run it; `shell`: a line that `"$@"` completes, to start it under. */
function program(
  t: Test,
  dir: string,
  { nodeArgs = [], shell = 'exec "$@"' }: { nodeArgs?: readonly string[]; shell?: string },
): ChildProcess {
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: dir,
    XDG_RUNTIME_DIR: dir,
    SECRET: FROM_ENV,
  }
  const command = [process.execPath, ...nodeArgs, MAIN, 'serve', '--config', 'gateway.yaml']
  const child = spawn('/bin/sh', ['-c', shell, 'sh', ...command], {
    cwd: dir,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  return child
}

/** A fault that no test could provoke is made from outside. */
const FAULT = `data:text/javascript,process.on('SIGUSR2',()=>{throw Object.assign(new Error('boom'),{env:process.env})})`

t.test('secrets: neither ps nor the last words of a gateway hold them', async (t) => {
  const dir = place(t)
  writeConfig(dir, { admin: { listen: 'off' }, functions })
  const child = program(t, dir, { nodeArgs: ['--import', FAULT] })
  let said = ''
  child.stderr?.on('data', (bytes: Buffer) => (said += bytes.toString()))
  const lines = createInterface({ input: child.stdout! })
  const port = new Promise<number>((resolve) => {
    lines.on('line', (line) => {
      said += `${line}\n`
      const found = /"address":"127\.0\.0\.1:(\d+)"/.exec(line)?.[1]
      if (found) resolve(Number(found))
    })
  })
  const where = { host: '127.0.0.1', port: await port }
  for (const fn of ['app', 'exits', 'missing'])
    await httpAsk(where, { path: '/', host: `${fn}.test` })
  const run = promisify(execFile)
  const args = [MAIN, 'ps', '--config', 'gateway.yaml']
  const options = { cwd: dir, env: { PATH: process.env['PATH'], HOME: dir, SECRET: FROM_ENV } }
  for (const more of [[], ['--json']]) {
    const { stdout, stderr } = await run(process.execPath, [...args, ...more], options)
    t.match(stdout, /app/)
    t.notMatch(stdout + stderr, SECRETS, `ps ${more.join()}`)
  }
  child.kill('SIGUSR2')
  const [code] = (await once(child, 'close')) as [number]
  t.ok(code > 0, `exit code ${code}`)
  t.match(said, /fault of the program.*boom/)
  t.notMatch(said, SECRETS, 'log and standard error')
  t.strictSame(
    readdirSync(dir).filter((name) => /core|report|heap/.test(name)),
    [],
  )
})

/** Crashes a gateway that holds secrets, and tells the files that were not there before. */
async function crashed(t: Test, shell: string): Promise<readonly string[]> {
  const dir = place(t)
  writeConfig(dir, { admin: { listen: 'off' }, functions: { app: secretive } })
  const child = program(t, dir, { shell })
  const lines = createInterface({ input: child.stdout! })
  for await (const line of lines) if (line.includes('"listening"')) break
  const before = new Set(readdirSync(dir))
  child.kill('SIGSEGV')
  const [, signal] = (await once(child, 'exit')) as [null, string]
  t.equal(signal, 'SIGSEGV')
  return readdirSync(dir).filter((name) => !before.has(name))
}

t.test(
  'secrets: no core is left by a gateway that runs as the unit and compose.yaml have it',
  async (t) => {
    t.match(readFileSync(join(ROOT, 'contrib/systemd/coldfront.service'), 'utf8'), /^LimitCORE=0$/m)
    t.match(parse(readFileSync(join(ROOT, 'compose.yaml'), 'utf8')), {
      services: { gateway: { ulimits: { core: 0 } } },
    })
    t.strictSame(await crashed(t, 'ulimit -c 0; exec "$@"'), [])
    // Where the system writes cores elsewhere, or none at all, there is nothing to hold that against.
    if (process.platform !== 'linux') return
    if (/^[|/\s]/.test(readFileSync('/proc/sys/kernel/core_pattern', 'utf8'))) return
    t.match(
      await crashed(t, 'ulimit -c 64; exec "$@"'),
      [/core/],
      'without that limit there is one',
    )
  },
)
