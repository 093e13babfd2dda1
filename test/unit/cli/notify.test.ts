/** What systemd is told, by a stand-in for its program that writes down its argument. */

import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import t from 'tap'

import { Notifier } from '../../../src/cli/notify.ts'
import { tempDir } from '../../support/temp-dir.ts'
import { FakeShell } from './fake-shell.ts'

type Teardown = { teardown(fn: () => unknown): void }

function setup(t: Teardown, env: Readonly<Record<string, string>> = {}, script?: string) {
  const dir = tempDir(t)
  const file = join(dir, 'told')
  const program = join(dir, 'systemd-notify')
  writeFileSync(program, `#!/bin/sh\n${script ?? `echo "$1 $NOTIFY_SOCKET" >> '${file}'`}\n`)
  chmodSync(program, 0o755)
  const shell = new FakeShell()
  Object.assign(shell.env, { PATH: `${dir}:/usr/bin:/bin` }, env)
  const noted: string[] = []
  const log = { note: (_level: string, message: string) => void noted.push(message) }
  const told = () => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [])
  return { shell, noted, told, notifier: new Notifier({ shell, log }) }
}

const NOTIFY_SOCKET = '/run/systemd/notify'
const line = (message: string) => `${message} ${NOTIFY_SOCKET}`

t.test('notify: ready, reloading and stopping arrive in their order', async (t) => {
  const { notifier, told, noted } = setup(t, { NOTIFY_SOCKET })
  void notifier.ready()
  void notifier.reloading()
  void notifier.ready()
  await notifier.stopping()
  t.strictSame(told(), ['READY=1', 'RELOADING=1', 'READY=1', 'STOPPING=1'].map(line))
  t.strictSame(noted, [])
})

t.test('notify: what stops is not told to be ready again', async (t) => {
  const { notifier, told } = setup(t, { NOTIFY_SOCKET })
  await notifier.stopping()
  await notifier.reloading()
  await notifier.ready()
  t.strictSame(told(), [line('STOPPING=1')])
})

t.test('notify: nobody is told anything where nobody asked', async (t) => {
  const { notifier, told, shell } = setup(t, { WATCHDOG_USEC: '30000000' })
  await notifier.ready()
  await notifier.stopping()
  t.equal(shell.clock.armed, 0, 'no timer')
  t.strictSame(told(), [])
})

t.test('notify: the watchdog hears twice per interval', async (t) => {
  const { notifier, told, shell } = setup(t, { NOTIFY_SOCKET, WATCHDOG_USEC: '30000000' })
  await notifier.ready()
  for (let fed = 1; fed <= 3; fed += 1) {
    shell.clock.advance(14_999)
    t.equal(told().length, fed, 'not before half of the interval')
    shell.clock.advance(1)
    while (told().length === fed || shell.clock.armed === 0)
      await new Promise((resolve) => setImmediate(resolve))
  }
  t.strictSame(told(), ['READY=1', 'WATCHDOG=1', 'WATCHDOG=1', 'WATCHDOG=1'].map(line))
})

t.test('notify: a program that fails or is missing is logged and stops nothing', async (t) => {
  const failing = setup(t, { NOTIFY_SOCKET }, 'exit 1')
  await failing.notifier.ready()
  t.strictSame(failing.noted, ['systemd was not told READY=1'])
  const missing = setup(t, { NOTIFY_SOCKET, PATH: '/nonexistent' })
  await missing.notifier.ready()
  t.strictSame(missing.noted, ['systemd was not told READY=1'])
})
