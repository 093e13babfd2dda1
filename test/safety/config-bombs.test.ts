/** Configurations that would eat the gateway, or make it wait, before it has begun: each is a mistake, soon. */

import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'

import type { Config } from '../../src/config/config.ts'
import { loadConfig } from '../../src/config/load.ts'
import { tempDir } from '../support/temp-dir.ts'

const SECRET = 'hunter2-hunter2-hunter2'

function setup(t: Test) {
  const dir = tempDir(t)
  const at = (name: string): string => join(dir, name)
  const load = (text: string, env = {}): Promise<Config> => {
    writeFileSync(at('gateway.yaml'), text)
    return loadConfig({ file: at('gateway.yaml'), env, homedir: dir, isRoot: false, cores: 2 })
  }
  return { at, load }
}

const app = (env: string): string =>
  `functions:\n  app:\n    hosts: [app.test]\n    command: [app]\n    env: { SECRET: ${JSON.stringify(env)} }\n`

t.test('config bombs: a billion laughs', async (t) => {
  const { load } = setup(t)
  const lines = ['a: &a0 [x, x, x, x, x, x, x, x, x, x]']
  for (let i = 1; i < 10; i += 1)
    lines.push(`a${i}: &a${i} [${Array.from({ length: 10 }, () => `*a${i - 1}`).join(', ')}]`)
  await t.rejects(load(lines.join('\n')), { name: 'ConfigError' })
})

t.test('config bombs: merges that multiply', async (t) => {
  const { load } = setup(t)
  const lines = ['a0: &a0 { k0: x }']
  for (let i = 1; i < 40; i += 1)
    lines.push(`a${i}: &a${i}\n  <<: [*a${i - 1}, *a${i - 1}]\n  k${i}: x`)
  await t.rejects(load(lines.join('\n')), { name: 'ConfigError' })
})

t.test('config bombs: more aliases than anybody writes', async (t) => {
  const { load } = setup(t)
  const aliases = Array.from({ length: 200_000 }, () => '*a').join(', ')
  await t.rejects(load(`a: &a x\nb: [${aliases}]\n`), { name: 'ConfigError', message: /alias/ })
})

t.test('config bombs: nested beyond any stack', async (t) => {
  const { load } = setup(t)
  await t.rejects(load('['.repeat(100_000)), { name: 'ConfigError' })
  await t.rejects(load(`a: ${'{b: '.repeat(20_000)}`), { name: 'ConfigError' })
})

t.test('config bombs: a file that is too large', async (t) => {
  const { load, at } = setup(t)
  await t.rejects(load(`# ${'x'.repeat(5_000_000)}`), { message: /larger than/ })
  writeFileSync(at('secret'), 'x'.repeat(70_000))
  await t.rejects(load(app('${file:secret}')), { message: /larger than/ })
})

t.test('config bombs: a file that never ends, or never begins', async (t) => {
  const { load, at } = setup(t)
  execFileSync('mkfifo', [at('pipe')])
  symlinkSync(at('pipe'), at('link'))
  symlinkSync('/dev/zero', at('zero'))
  symlinkSync(at('circle'), at('circle'))
  mkdirSync(at('directory'))
  for (const [path, reason] of [
    ['pipe', /not a regular file/],
    ['link', /not a regular file/],
    ['zero', /not a regular file/],
    ['/dev/stdin', /not a regular file|no such file|not permitted|cannot be read/],
    ['circle', /circle/],
    ['directory', /directory/],
  ] as const) {
    // One after another, so that none can wait for a thread that another holds.
    await t.rejects(load(app(`\${file:${path}}`)), { message: reason }, path)
  }
  await t.rejects(load(`include: ${JSON.stringify(at('pipe'))}\n`), { name: 'ConfigError' })
  mkdirSync(at('functions'))
  execFileSync('mkfifo', [at('functions/app.yaml')])
  await t.rejects(load('include: functions\n'), { message: /not a regular file/ })
})

t.test('config bombs: a file of the kernel is read whole or not at all', async (t) => {
  const { load } = setup(t)
  const config = await load(app('${file:/proc/self/comm}'))
  const { spec } = config.functions[0] ?? {}
  t.ok(spec?.k === 'command' && (spec.env['SECRET'] ?? '').length > 1, 'its size says 0')
})

t.test(
  'config bombs: what comes out of an expansion is not expanded, and adds no options',
  async (t) => {
    const { load, at } = setup(t)
    writeFileSync(at('secret'), `${SECRET}\${HOME}\${file:/etc/passwd}\n  hardened: false`)
    const { functions } = await load(app('${file:secret}${NESTED}'), { NESTED: '${SECRET_TOO}: }' })
    const { spec } = functions[0] ?? {}
    t.match(spec, {
      k: 'command',
      env: { SECRET: `${SECRET}\${HOME}\${file:/etc/passwd}\n  hardened: false\${SECRET_TOO}: }` },
    })
  },
)

t.test('config bombs: a mistake names the expression and never its value', async (t) => {
  const { load, at } = setup(t)
  writeFileSync(at('secret'), SECRET)
  const env = { SECRET }
  for (const value of ['${SECRET}', '${file:secret}']) {
    const text = JSON.stringify(value)
    const wrong = [
      `functions: { app: { hosts: [app.test], upstream: "http://user:${value}@127.0.0.1:3000" } }`,
      `functions: { app: { hosts: [app.test], upstream: ${text} } }`,
      `functions: { app: { hosts: [${text}], upstream: "127.0.0.1:3000", port: ${text} } }`,
      `functions: { app: { hosts: [app.test], command: ${text} } }`,
      `functions: { app: { hosts: [app.test], image: x, volumes: [${text}], memory: ${text} } }`,
      `functions: { app: { hosts: [app.test], image: x, idle: { stopAfter: ${text} } } }`,
      `functions: { app: ${text} }`,
      `functions: ${text}`,
      `listen: { http: ${text} }\ntrustedProxies: ${text}\ndocker: { host: ${text} }`,
      `default: ${text}\nfunctions: { app: { hosts: [a.test], upstream: "127.0.0.1:1" } }`,
      `include: ${text}`,
      `admin: { hosts: [${text}], listen: ${text} }\nlog: { format: ${text} }`,
    ]
    for (const text of wrong) {
      const error = await load(text, env).then(
        () => new Error('no mistake'),
        (error: Error) => error,
      )
      t.equal(error.name, 'ConfigError', text)
      t.notMatch(`${error.stack}${JSON.stringify(error)}`, SECRET, text)
    }
  }
})

t.test('config bombs: a file that may not be read is named, not worked around', async (t) => {
  if (process.getuid?.() === 0) return t.pass('root may read everything')
  const { load, at } = setup(t)
  writeFileSync(at('secret'), SECRET)
  chmodSync(at('secret'), 0)
  await t.rejects(load(app('${file:secret}')), { message: /not permitted/ })
})
