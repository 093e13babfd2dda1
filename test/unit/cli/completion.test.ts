import t from 'tap'
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { COMMANDS } from '../../../src/cli/commands.ts'
import { SHELLS, completionScript } from '../../../src/cli/completion.ts'
import { tempDir } from '../../support/temp-dir.ts'

t.test('completion: every shell knows every command and option', async (t) => {
  for (const shell of SHELLS) {
    const script = completionScript(shell, COMMANDS)
    for (const { name, options } of COMMANDS) {
      t.ok(script.includes(name), `${shell}: ${name}`)
      for (const option of options)
        t.match(script, shell === 'fish' ? `-l ${option.name}` : `--${option.name}`, shell)
    }
  }
})

t.test('completion: bash completes commands, options, values and names', async (t) => {
  const dir = tempDir(t)
  // A gateway with two functions, as far as bash can see.
  const fake = join(dir, 'coldfront')
  writeFileSync(fake, '#!/bin/sh\n[ "$1 $2" = "ps --names" ] && printf "hello\\nhorse\\n"\n')
  chmodSync(fake, 0o755)
  const script = completionScript('bash', COMMANDS)
  const complete = (...words: string[]): string[] => {
    const array = words.map((word) => `'${word}'`).join(' ')
    const ask = `COMP_WORDS=(coldfront ${array}); COMP_CWORD=${words.length}; _coldfront`
    const print = 'for word in "${COMPREPLY[@]}"; do echo "$word"; done'
    const text = execFileSync('bash', ['-c', `${script}\n${ask}\n${print}`], {
      encoding: 'utf8',
      env: { PATH: `${dir}:${process.env['PATH']}` },
    })
    return text.split('\n').filter(Boolean)
  }
  t.strictSame(complete('w'), ['wake', 'warm'])
  t.strictSame(complete('wake', 'ho'), ['horse'])
  t.strictSame(complete('events', '--function', 'he'), ['hello'])
  t.strictSame(complete('serve', '--log', ''), ['json', 'pretty'])
  t.strictSame(complete('logs', '--f'), ['--follow'])
  t.strictSame(complete('completion', ''), [...SHELLS])
  t.strictSame(complete('help', 'ver'), ['version'])
  t.strictSame(complete('reload', 'x'), [])
  t.strictSame(complete('study', 'qui'), ['quick'])
})

/** How each is asked to read a script without running it. */
const READING: Readonly<Record<string, readonly string[]>> = {
  bash: ['-n'],
  zsh: ['-n'],
  fish: ['--no-execute'],
}

t.test('completion: the shells that are here can read their scripts', async (t) => {
  const here = SHELLS.filter((shell) => spawnSync(shell, ['--version']).status === 0)
  t.ok(here.includes('bash'))
  for (const shell of here) {
    const file = join(tempDir(t), 'script')
    writeFileSync(file, completionScript(shell, COMMANDS))
    const read = spawnSync(shell, [...(READING[shell] ?? []), file], { encoding: 'utf8' })
    t.match(read, { status: 0, stderr: '' }, shell)
  }
})
