import t from 'tap'
import { Progress } from '../../../src/cli/progress.ts'
import { FakeShell } from './fake-shell.ts'

t.test('progress: says what goes on and for how long, in one line that goes again', async (t) => {
  const shell = new FakeShell()
  shell.isTerminal = true
  const progress = new Progress(shell, 'waking')
  shell.clock.advance(1_500)
  t.ok(shell.stdout.startsWith('\r\u001b[Kwaking … 0.0 s\r'))
  t.ok(shell.stdout.endsWith('\r\u001b[Kwaking … 1.5 s'))
  progress.step('started')
  shell.clock.advance(100)
  t.ok(shell.stdout.endsWith('started … 1.6 s'))
  progress.end()
  t.ok(shell.stdout.endsWith('\r\u001b[K'))
  t.equal(shell.clock.armed, 0)
})

t.test('progress: is for people alone', async (t) => {
  const shell = new FakeShell()
  const progress = new Progress(shell, 'waking')
  shell.clock.advance(1_000)
  progress.end()
  t.equal(shell.stdout, '')
})
