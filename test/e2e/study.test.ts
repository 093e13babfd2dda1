/** A study as a user runs it, with plans so small that they say nothing of speed. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { engineOrSkip } from '../support/engine.ts'
import { Program, plainEnv } from '../support/program.ts'
import { tempDir } from '../support/temp-dir.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const APPS = join(ROOT, 'studies/apps')

const PLAN = (factors: string, repetitions = 6): string => `
about: a small study
repetitions: ${repetitions}
settle: 1ms
function: { command: ["\${NODE}", "${APPS}/stamp.mjs"] }
factors: ${factors}
`

interface Written {
  readonly samples: readonly {
    readonly key: string
    readonly way: string
    readonly repetition: number
    readonly total: number
    readonly totals: readonly number[]
    readonly share?: number
    readonly starts: readonly string[]
    readonly phases?: Readonly<Record<string, number>>
  }[]
  readonly failures: readonly unknown[]
}

const written = (dir: string): Written =>
  JSON.parse(readFileSync(join(dir, 'out/samples.json'), 'utf8')) as Written

function study(t: Test, dir: string): Program {
  const args = [join(ROOT, 'src/main.ts'), 'study', 'plan.yaml', '--out', 'out']
  return new Program(t, { file: process.execPath, args, cwd: dir, env: plainEnv() })
}

function workspace(t: Test, plan: string): string {
  const dir = tempDir(t)
  writeFileSync(join(dir, 'plan.yaml'), plan)
  return dir
}

const distinct = ({ samples }: Written): number =>
  new Set(samples.map(({ key, way, repetition }) => `${key} ${way} ${repetition}`)).size

t.test('study: child processes are measured in every tier, each with its floor', async (t) => {
  const dir = workspace(t, PLAN('{ tier: [new, stopped, paused, running], burst: [1, 3] }'))
  const program = study(t, dir)
  t.strictSame(await program.ended(), { code: 0, signal: null }, program.lines.join('\n'))
  const { samples, failures } = written(dir)
  t.strictSame(failures, [])
  t.equal(samples.length, 6 * 6 * 2, 'six combinations, both ways; what is stopped is left out')
  const starts = { new: /^cold$/, paused: /^resumed$/, running: /^warm$/ }
  for (const [tier, kind] of Object.entries(starts)) {
    const of = samples.filter(({ key, way }) => way === 'gateway' && key.includes(`tier=${tier}`))
    for (const { starts: kinds, totals, key, share = NaN, total, phases = {} } of of) {
      t.ok(
        kinds.some((start) => kind.test(start)),
        `${key}: ${kinds.join()}`,
      )
      t.equal(totals.length, key.endsWith('burst=3') ? 3 : 1)
      t.ok(share >= 0 && share <= total, `${key}: a share of ${share} of ${total}`)
      const sum = Object.values(phases).reduce((a, b) => a + b, 0)
      const isOne = totals.some((each) => Math.abs(sum - each) < 0.02)
      t.ok(isOne, `${key}: ${sum} of ${totals.join()}`)
    }
  }
  t.ok(program.lines.some((line) => line.startsWith('left out: tier=stopped burst=1')))
  const csv = readFileSync(join(dir, 'out/samples.csv'), 'utf8').trim().split('\r\n')
  t.equal(csv.length, samples.length + 1)
  t.match(csv[0], /^repetition,order,at,way,tier,burst,start,requests,total_ms/)
})

t.test('study: Ctrl-C ends it with a report, and the same plan continues it', async (t) => {
  const dir = workspace(t, PLAN('{ tier: [paused, running] }', 20))
  const first = study(t, dir)
  await first.printed(/^\d+ of 80 trials/)
  first.kill('SIGINT')
  t.strictSame(await first.ended(), { code: 130, signal: null }, first.lines.join('\n'))
  const before = written(dir)
  t.ok(before.samples.length < 80)
  t.match(readFileSync(join(dir, 'out/report.md'), 'utf8'), /Interrupted: \d+ of 20/)
  const second = study(t, dir)
  t.strictSame(await second.ended(), { code: 0, signal: null }, second.lines.join('\n'))
  const after = written(dir)
  t.strictSame(after.samples.slice(0, before.samples.length), before.samples)
  t.equal(after.samples.length, 80)
  t.equal(distinct(after), 80)
  const third = study(t, dir)
  t.match(await third.ended(), { code: 0 })
  t.strictSame(written(dir), after, 'what is complete is not measured again')
})

t.test('study: another plan is refused where one was measured', async (t) => {
  const dir = workspace(t, PLAN('{ tier: [running] }', 1))
  t.match(await study(t, dir).ended(), { code: 0 })
  writeFileSync(join(dir, 'plan.yaml'), PLAN('{ tier: [running] }', 2))
  const program = study(t, dir)
  t.match(await program.ended(), { code: 2 })
  t.match(program.lines.join('\n'), /out holds another study \(plan, with another text\)/)
})

t.test('study: a mistake in the plan says where it is, and measures nothing', async (t) => {
  const dir = workspace(t, PLAN('{ tier: [asleep] }'))
  const program = study(t, dir)
  t.match(await program.ended(), { code: 2 })
  t.match(program.lines[0], /^plan\.yaml:6:19: expected one of new, stopped, paused, running/)
})

t.test('study: containers are measured in every tier, each with its floor', async (t) => {
  const engine = await engineOrSkip(t)
  if (!engine) return
  const plan = `
about: a small study of containers
repetitions: 1
function:
  image: machine/node
  command: [/bin/node, /apps/stamp.mjs]
  volumes: ["${APPS}:/apps:ro"]
  env: { HOST: "0.0.0.0" }
  labels: ${JSON.stringify(engine.labels)}
factors: { tier: [new, stopped, paused, running] }
`
  const dir = workspace(t, plan)
  const program = study(t, dir)
  t.match(await program.ended(), { code: 0 }, program.lines.join('\n'))
  const { samples, failures } = written(dir)
  t.strictSame(failures, [])
  t.equal(samples.length, 8)
  t.ok(
    samples.every(({ share }) => share !== undefined),
    'all stamps are there',
  )
  const left = await engine.docker.listContainers({
    all: true,
    filters: { label: Object.entries(engine.labels).map(([name, value]) => `${name}=${value}`) },
  })
  t.strictSame(left, [], 'nothing is left behind')
})
