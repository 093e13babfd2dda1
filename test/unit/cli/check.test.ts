import t from 'tap'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from '../../../src/cli/run.ts'
import { tempDir } from '../../support/temp-dir.ts'
import { FakeShell } from './fake-shell.ts'

const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url))

/** Runs the program itself. */
const main = (...words: string[]) =>
  spawnSync(process.execPath, [MAIN, ...words], { encoding: 'utf8' })

t.test('check: counts the functions of a right file', async (t) => {
  const file = join(tempDir(t), 'gateway.yaml')
  writeFileSync(file, 'functions:\n  hello: { hosts: [a.localhost], command: [node] }\n')
  const shell = new FakeShell()
  t.equal(await run(['check', file], shell), 0)
  t.equal(shell.stdout, `${file}: 1 function, no mistakes\n`)
})

t.test('check: a wrong file is shown with its places, and ends with 2', async (t) => {
  const file = join(tempDir(t), 'gateway.yaml')
  writeFileSync(file, 'functoins: {}\n')
  const { status, stderr, stdout } = main('check', file)
  t.equal(status, 2)
  t.ok(stderr.startsWith(`${file}:1:1: `), stderr)
  t.equal(stdout, '')
})

t.test('schema: is the one for editors', async (t) => {
  const shell = new FakeShell()
  t.equal(await run(['schema'], shell), 0)
  t.equal(
    shell.stdout,
    readFileSync(new URL('../../../gateway.schema.json', import.meta.url), 'utf8'),
  )
})

t.test('main: hands the command line over, and ends with its code', async (t) => {
  t.match(main('version'), { status: 0, stdout: /^coldfront \d/ })
  t.match(main('srve'), { status: 2, stderr: /did you mean "coldfront serve"/ })
})
