import t from 'tap'
import { dieOnFault, untilSignalled } from '../../../src/cli/signals.ts'
import { LIMITS } from '../../../src/domain/limits.ts'
import { Log } from '../../../src/telemetry/log.ts'
import { FakeShell } from './fake-shell.ts'

function setup() {
  const shell = new FakeShell()
  const events: string[] = []
  const { clock } = shell
  const log = new Log({
    output: shell.log,
    clock,
    format: 'json',
    level: 'info',
    colour: false,
    requests: true,
  })
  const pending: { end?: (error?: Error) => void } = {}
  /** A piece of work that lasts until `pending.end` is called. */
  const work = (name: string) => () => {
    events.push(name)
    return new Promise<void>((resolve, reject) => {
      pending.end = (error) => (error ? reject(error) : resolve())
    })
  }
  const signal = (name: string) => shell.happenings.emit(name)
  return { shell, events, log, pending, work, signal }
}

t.test('signals: the first one drains, and the end of the drain is the end', async (t) => {
  for (const name of ['SIGTERM', 'SIGINT']) {
    const { shell, events, log, pending, work, signal } = setup()
    const code = untilSignalled({ shell, log, close: work('close'), reload: work('reload') })
    signal(name)
    t.strictSame(events, ['close'])
    shell.clock.advance(LIMITS.logDelayMs)
    await shell.settle()
    t.match(shell.logged, name)
    pending.end?.()
    await shell.settle()
    t.equal(await code, 0)
    t.strictSame(shell.exits, [])
  }
})

t.test('signals: a second one ends at once, with its number', async (t) => {
  const { shell, events, log, work, signal } = setup()
  void untilSignalled({ shell, log, close: work('close'), reload: work('reload') })
  signal('SIGTERM')
  signal('SIGINT')
  signal('SIGTERM')
  t.strictSame(shell.exits, [130, 143])
  t.strictSame(events, ['close'])
})

t.test('signals: a drain that fails is told, and is no success', async (t) => {
  const { shell, log, pending, work, signal } = setup()
  const code = untilSignalled({ shell, log, close: work('close'), reload: work('reload') })
  signal('SIGTERM')
  pending.end?.(new Error('engine away'))
  await shell.settle()
  t.equal(await code, 1)
  t.match(shell.logged, 'engine away')
})

t.test('signals: hang-ups during a reload become one more reload', async (t) => {
  const { shell, events, log, pending, work, signal } = setup()
  void untilSignalled({ shell, log, close: work('close'), reload: work('reload') })
  for (let i = 0; i < 3; i += 1) signal('SIGHUP')
  t.strictSame(events, ['reload'])
  pending.end?.()
  await shell.settle()
  t.strictSame(events, ['reload', 'reload'])
  pending.end?.()
  await shell.settle()
  signal('SIGTERM')
  signal('SIGHUP')
  t.strictSame(events, ['reload', 'reload', 'close'], 'none during the drain')
})

t.test('fault: is told and logged, then the process ends with 70', async (t) => {
  const { shell, log } = setup()
  dieOnFault(shell, log)
  shell.happenings.emit('uncaughtException', new Error('impossible'))
  t.strictSame(shell.exits, [], 'the log is written first')
  await shell.settle()
  t.match(shell.stderr, 'impossible')
  t.match(shell.logged, /"level":"error".*impossible/)
  t.strictSame(shell.exits, [70])
})

t.test('fault: one more while dying ends at once', async (t) => {
  const { shell, log } = setup()
  dieOnFault(shell, log)
  shell.happenings.emit('uncaughtException', new Error('first'))
  shell.happenings.emit('uncaughtException', new Error('second'))
  t.strictSame(shell.exits, [70])
})
