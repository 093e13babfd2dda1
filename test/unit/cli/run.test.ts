import t from 'tap'
import { COMMANDS } from '../../../src/cli/commands.ts'
import { UsageError } from '../../../src/cli/command.ts'
import { run } from '../../../src/cli/run.ts'
import { FakeShell } from './fake-shell.ts'
import type { Call, Command } from '../../../src/cli/command.ts'

const probe = (outcome: (call: Call) => Promise<number>): Command => ({
  name: 'probe',
  summary: 'Probe.',
  operand: { name: 'FILE', otherwise: 'gateway.yaml' },
  options: [
    { name: 'config', short: 'c', value: 'FILE', help: 'A file.' },
    { name: 'log', value: 'FORMAT', choices: ['json', 'pretty'], help: 'A word.' },
    { name: 'json', help: 'A switch.' },
  ],
  example: 'coldfront probe',
  run: outcome,
})

/** Runs a line of words against the probe command. */
async function line(
  text: string,
  outcome: (call: Call) => Promise<number> = () => Promise.resolve(0),
) {
  const shell = new FakeShell()
  let call: Call | undefined
  const command = probe((given) => {
    call = given
    return outcome(given)
  })
  const code = await run(text.split(' ').filter(Boolean), shell, [command])
  return { code, call, out: shell.stdout, err: shell.stderr }
}

t.test('command line: options, their short forms and the operand reach the command', async (t) => {
  const { call, code } = await line('probe -c a.yaml --log=json --json b.yaml')
  t.equal(code, 0)
  t.strictSame(
    [...(call?.values ?? [])],
    [
      ['config', 'a.yaml'],
      ['log', 'json'],
    ],
  )
  t.strictSame([...(call?.switches ?? [])], ['json'])
  t.equal(call?.operand, 'b.yaml')
  t.equal((await line('probe')).call?.operand, 'gateway.yaml')
  t.equal((await line('probe --config=-x')).call?.values.get('config'), '-x')
  t.equal((await line('probe -- --json')).call?.operand, '--json')
})

t.test(
  'command line: a mistake says what is wrong, what was meant, and where help is',
  async (t) => {
    const mistakes = {
      porbe: 'there is no command "porbe", did you mean "coldfront probe"?',
      zzzzzz: 'there is no command "zzzzzz", see "coldfront help"',
      'probe --conifg x': 'unknown option --conifg, did you mean --config?',
      'probe -z': 'unknown option -z\n',
      'probe --config': '--config needs a value',
      'probe --config --json': '--config needs a value',
      'probe --config=': '--config needs a value',
      'probe --log xml': '--log is one of json, pretty, not "xml"',
      'probe --json=1': '--json takes no value',
      'probe a b': 'unexpected "b"',
      'help porbe': 'did you mean "coldfront probe"?',
    }
    for (const [text, message] of Object.entries(mistakes)) {
      const { code, err, call } = await line(text)
      t.equal(code, 2, text)
      t.match(err, message, text)
      t.match(err, 'Try: coldfront help', text)
      t.equal(call, undefined, text)
    }
  },
)

const thrown = (error: Error) => line('probe', () => Promise.reject(error))

t.test('command line: what a command throws becomes an exit code', async (t) => {
  t.match(await thrown(new Error('port is taken')), { code: 1, err: 'coldfront: port is taken\n' })
  t.match(await thrown(new UsageError('no such thing')), {
    code: 2,
    err: /Try: coldfront help probe/,
  })
  const config = Object.assign(new Error('gateway.yaml:1:2: no'), { name: 'ConfigError' })
  t.match(await thrown(config), { code: 2, err: 'gateway.yaml:1:2: no\n' })
})

t.test('command line: without a command the overview is shown, as a mistake', async (t) => {
  const { code, err } = await line('')
  t.equal(code, 2)
  t.match(err, 'Usage: coldfront COMMAND')
})

t.test(
  'help: every command has a summary, an example that is its own, and all its options',
  async (t) => {
    const shell = new FakeShell()
    t.equal(await run(['--help'], shell), 0)
    for (const command of COMMANDS) {
      t.match(shell.stdout.replaceAll(/\n +/g, ' '), command.summary)
      t.ok(command.example.startsWith(`coldfront ${command.name}`), command.name)
      const own = new FakeShell()
      t.equal(await run([command.name, '-h'], own), 0)
      for (const option of command.options) t.match(own.stdout, `--${option.name}`)
      t.match(own.stdout, command.example)
      const texts = [...shell.stdout.split('\n'), ...own.stdout.split('\n')]
      for (const line of texts) t.ok(line.length <= 80, `a terminal of 80 columns has it: ${line}`)
    }
  },
)

t.test('version: is that of the package', async (t) => {
  const shell = new FakeShell()
  t.equal(await run(['--version'], shell), 0)
  t.match(shell.stdout, /^coldfront \d+\.\d+\.\d+ \(Node 2\d\./)
})
