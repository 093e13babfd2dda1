/** The published package: what is in it, and that its command works after a global install. */

import { chmodSync, cpSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import t, { type Test } from 'tap'

import { httpAsk } from '../support/http-ask.ts'
import { ROOT, packed } from '../support/package.ts'
import { Program, plainEnv, plainRun } from '../support/program.ts'
import { tempDir } from '../support/temp-dir.ts'

const CONFIG = `
listen: { http: "127.0.0.1:0" }
admin: { listen: "off" }
stateDir: ./state
functions:
  hello: { hosts: [hello.test], command: [node, hello.js] }
`
/** No machine's registry answers like this by accident. */
const OFFLINE = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH|ETIMEDOUT/

const { tarball, files } = await packed(t)
const prefix = tempDir(t)
const command = join(prefix, 'bin/coldfront')
const installed = join(prefix, 'lib/node_modules/coldfront')
const env = plainEnv()

/** Why it cannot be tested here; undefined once it is installed. Without install scripts, as on a machine with a newer Node. */
async function install(): Promise<string | undefined> {
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts']
  try {
    await plainRun('npm', ['install', '--global', '--prefix', prefix, ...quiet, tarball], { env })
    return undefined
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string }
    if (!OFFLINE.test(stderr) || process.env['COLDFRONT_CI_REQUIRE_ENGINE'] === '1') throw error
    return 'the registry cannot be reached'
  }
}

const skip = await install()

t.test('npm package: holds what runs and what describes it, and nothing else', async (t) => {
  const dashboard = files.filter((path) => path.startsWith('dist/dashboard/'))
  t.ok(dashboard.includes('dist/dashboard/index.html'))
  for (const type of ['js', 'css', 'svg'])
    t.equal(dashboard.filter((path) => path.endsWith(`.${type}`)).length, 1, type)
  t.ok(dashboard.includes('dist/dashboard/licenses.md'), 'what is built into it has its licence')
  t.equal(dashboard.length, 5)
  const rest = files.filter(
    (path) => !dashboard.includes(path) && !/^dist\/.*(?<!\.test)\.(js|d\.ts)$/.test(path),
  )
  t.strictSame(rest.filter((path) => path !== 'README.md').toSorted(), [
    'CHANGELOG.md',
    'LICENSE',
    'contrib/grafana/coldfront.json',
    'contrib/prometheus/alerts.yaml',
    'contrib/systemd/coldfront.service',
    'gateway.schema.json',
    'package.json',
    'studies/apps/Stamp.java',
    'studies/apps/stamp.c',
    'studies/apps/stamp.go',
    'studies/apps/stamp.mjs',
    'studies/apps/stamp.pl',
    'studies/apps/stamp.py',
    'studies/apps/stamp.rb',
    'studies/quick.yaml',
    'studies/runtimes.yaml',
    'studies/sandbox.yaml',
    'studies/tiers.yaml',
  ])
  const named = [
    'main.js',
    'gateway.js',
    'gateway.d.ts',
    'config/load.js',
    'runtime/docker/runtime.js',
  ]
  for (const name of named) t.ok(files.includes(`dist/${name}`), name)
  for (const name of ['config/generate.js', 'telemetry/metrics-page.js'])
    t.notOk(files.includes(`dist/${name}`), `${name} is for the checkout`)
})

function workspace(t: { teardown(fn: () => unknown): void }): string {
  const dir = tempDir(t)
  writeFileSync(join(dir, 'gateway.yaml'), CONFIG)
  cpSync(join(ROOT, 'examples/hello.js'), join(dir, 'hello.js'))
  return dir
}

async function answers(t: Test, over: Readonly<Record<string, string>> = {}): Promise<void> {
  const cwd = workspace(t)
  const gateway = new Program(t, { file: command, args: ['serve'], cwd, env: { ...env, ...over } })
  const { address = '' } = await gateway.log({ msg: 'listening', what: 'http' })
  const [host = '', port] = address.split(':')
  const answer = await httpAsk({ host, port: Number(port) }, { path: '/', host: 'hello.test' })
  t.match(answer, { status: 200, text: /^hello, world/, headers: { 'x-coldfront-start': 'cold' } })
  gateway.kill('SIGTERM')
  t.strictSame(await gateway.ended(), { code: 0, signal: null })
}

t.test('npm package: the command says its version and checks a file', { skip }, async (t) => {
  const cwd = workspace(t)
  const manifest = createRequire(import.meta.url)('../../package.json') as { version: string }
  t.match(
    (await plainRun(command, ['version'], { cwd, env })).stdout,
    `coldfront ${manifest.version} `,
  )
  t.match((await plainRun(command, ['check'], { cwd, env })).stdout, 'gateway.yaml')
  writeFileSync(join(cwd, 'gateway.yaml'), 'functoins: {}\n')
  await t.rejects(plainRun(command, ['check'], { cwd, env }), { code: 2, stderr: /functions/ })
})

t.test('npm package: the gateway starts a function, and drains on SIGTERM', { skip }, async (t) => {
  await answers(t)
})

/** A module that uses ours; `cores` is what is given for a number. */
const importer = (cores: string) => `
import { Gateway } from 'coldfront'
import { loadConfig } from 'coldfront/dist/config/load.js'
const load = () => loadConfig({ file: 'x', env: {}, homedir: '/', isRoot: false, cores: ${cores} })
export const started: Promise<Gateway> = load().then((config) => Gateway.start(config, {} as never))
`

t.test('npm package: its modules have types that a strict compiler reads', { skip }, async (t) => {
  const dir = tempDir(t)
  writeFileSync(join(dir, 'package.json'), '{"type":"module"}')
  mkdirSync(join(dir, 'node_modules/@types'), { recursive: true })
  symlinkSync(installed, join(dir, 'node_modules/coldfront'))
  symlinkSync(join(ROOT, 'node_modules/@types/node'), join(dir, 'node_modules/@types/node'))
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'esnext']
  const compile = (file: string) =>
    plainRun(join(ROOT, 'node_modules/.bin/tsc'), [...options, '--types', 'node', file], {
      cwd: dir,
      env,
    })
  writeFileSync(join(dir, 'right.ts'), importer('1'))
  await compile('right.ts')
  writeFileSync(join(dir, 'wrong.ts'), importer("'one'"))
  const { stdout } = await compile('wrong.ts').catch((error: { stdout: string }) => error)
  t.match(stdout, "'string' is not assignable to type 'number'")
})

/** A `node` that says it is older than it is; what it starts by another path is what it is. */
function olderNode(t: { teardown(fn: () => unknown): void }): Record<string, string> {
  const dir = tempDir(t)
  const lie = `data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.1.0"}})`
  writeFileSync(join(dir, 'node'), `#!/bin/sh\nexec '${process.execPath}' --import '${lie}' "$@"\n`)
  chmodSync(join(dir, 'node'), 0o755)
  return { PATH: `${dir}:${env['PATH']}` }
}

t.test('npm package: an older Node says what is needed', { skip }, async (t) => {
  const older = { env: { ...env, ...olderNode(t) } }
  await t.rejects(plainRun(command, ['version'], older), {
    code: 1,
    stderr: /needs Node 24.*20\.1\.0/,
  })
})

t.test(
  'npm package: an older Node hands over to the one installed with it',
  { skip },
  async (t) => {
    // What the install script of the package `node` does.
    const own = join(installed, 'node_modules/node/bin/node')
    mkdirSync(dirname(own), { recursive: true })
    try {
      linkSync(process.execPath, own)
    } catch {
      cpSync(process.execPath, own)
    }
    const older = olderNode(t)
    t.match(
      (await plainRun(command, ['version'], { env: { ...env, ...older } })).stdout,
      /^coldfront /,
    )
    await t.rejects(plainRun(command, ['nonsense'], { env: { ...env, ...older } }), { code: 2 })
    await answers(t, older)
  },
)
