import t from 'tap'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { serve } from '../../../src/cli/serve.ts'
import { tempDir } from '../../support/temp-dir.ts'
import { FakeShell } from './fake-shell.ts'

const FILE = `
functions:
  hello: { hosts: ["*.hello.example", hello.localhost], command: [node, hello.js] }
`

function setup(t: { teardown(fn: () => unknown): void }, log?: string) {
  const file = join(tempDir(t), 'gateway.yaml')
  writeFileSync(file, FILE)
  const shell = new FakeShell()
  const events: string[] = []
  const addresses = { http: '127.0.0.1:8080', admin: undefined, socket: '/run/x/admin.sock' }
  const gateway = {
    addresses,
    reload: () => {
      events.push('reload')
      return Promise.resolve()
    },
    close: () => {
      events.push('close')
      return Promise.resolve()
    },
  }
  const started = Promise.withResolvers<void>()
  const start = () => {
    events.push('start')
    started.resolve()
    return Promise.resolve(gateway)
  }
  const values = new Map([['config', file], ...(log === undefined ? [] : [['log', log] as const])])
  const call = { shell, operand: '', values, switches: new Set<string>() }
  return { shell, call, events, file, started: started.promise, code: () => serve(call, start) }
}

/** Waits for what the file system takes. */
async function until(check: () => boolean) {
  while (!check()) await new Promise((resolve) => setImmediate(resolve))
}

t.test('serve: starts, stays until a signal, and drains', async (t) => {
  const { shell, events, started, code } = setup(t)
  const ended = code()
  await started
  await shell.settle()
  shell.happenings.emit('SIGTERM')
  await shell.settle()
  t.equal(await ended, 0)
  t.strictSame(events, ['start', 'close'])
  t.equal(shell.stdout, '', 'no text for people without a terminal')
})

t.test('serve: a hang-up has the gateway read its file again', async (t) => {
  const { shell, events, started, code } = setup(t, 'json')
  const ended = code()
  await started
  await shell.settle()
  shell.happenings.emit('SIGHUP')
  await until(() => events.length === 2)
  shell.happenings.emit('SIGINT')
  await shell.settle()
  t.equal(await ended, 0)
  t.strictSame(events, ['start', 'reload', 'close'])
})

t.test('serve: at a terminal it says where everything is', async (t) => {
  const { shell, started, code } = setup(t, 'pretty')
  shell.isTerminal = true
  const ended = code()
  await started
  await shell.settle()
  t.match(shell.stdout, /gateway +http:\/\/127\.0\.0\.1:8080\n/)
  t.match(shell.stdout, /hello +http:\/\/hello\.localhost:8080\n/)
  t.match(shell.stdout, /admin +\/run\/x\/admin\.sock\n/)
  shell.happenings.emit('SIGINT')
  await shell.settle()
  await ended
})

t.test('serve: a configuration with mistakes starts nothing', async (t) => {
  const { file, events, code } = setup(t)
  writeFileSync(file, 'functoins: {}\n')
  await t.rejects(code(), { name: 'ConfigError' })
  t.strictSame(events, [])
})

t.test('serve: a signal during the start waits for its end, then drains', async (t) => {
  const { shell, events, started, code } = setup(t)
  const ended = code()
  await started
  shell.happenings.emit('SIGTERM')
  await shell.settle()
  t.equal(await ended, 0)
  t.strictSame(events, ['start', 'close'])
})

t.test('serve: a start that fails is an error, after the log was written', async (t) => {
  const { shell, call } = setup(t)
  const failing = serve(call, (_config, { log }) => {
    log.note('warn', 'engine away')
    return Promise.reject(new Error('port is taken'))
  })
  const told = t.rejects(failing, { message: 'port is taken' })
  await until(() => (shell.clock.run(), shell.logged !== ''))
  shell.clock.run()
  await told
  t.match(shell.logged, 'engine away')
})
