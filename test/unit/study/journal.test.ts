import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Environment } from '../../../src/study/environment.ts'
import { Journal, JournalError } from '../../../src/study/journal.ts'
import type { Sample } from '../../../src/study/sample.ts'

const PLAN = { name: 'plan', digest: 'abc' }
const ENVIRONMENT: Environment = {
  cpu: 'a processor',
  cores: 2,
  memoryGiB: 4,
  kernel: 'linux 6',
  governor: undefined,
  engine: undefined,
  versions: { node: '24' },
}
const BEGUN = { at: 1, load: 0, leftOut: {}, environment: ENVIRONMENT }
const SAMPLE: Sample = {
  repetition: 0,
  way: 'gateway',
  key: 'tier=new',
  at: 2,
  order: 0,
  total: 5,
  totals: [5],
  phases: undefined,
  share: undefined,
  timings: {},
  starts: ['cold'],
  load: 0,
}

t.test('journal: what was measured is there again for the same plan', async (t) => {
  const dir = t.testdir()
  const journal = new Journal(dir, PLAN)
  journal.begin(PLAN, BEGUN)
  journal.sample(SAMPLE)
  journal.failure({ repetition: 1, way: 'floor', key: 'tier=new', at: 3, failed: 'no answer' })
  const again = new Journal(dir, PLAN)
  t.match(again.samples, [{ total: 5, starts: ['cold'] }])
  t.strictSame([...again.done], ['0 gateway tier=new', '1 floor tier=new'])
  t.match(again.environment, { cpu: 'a processor' })
})

t.test('journal: a line that was cut off is measured again', async (t) => {
  const dir = t.testdir()
  const journal = new Journal(dir, PLAN)
  journal.begin(PLAN, BEGUN)
  journal.sample(SAMPLE)
  const file = join(dir, 'journal.jsonl')
  const whole = readFileSync(file, 'utf8')
  appendFileSync(file, '{"k":"sample","repet')
  const again = new Journal(dir, PLAN)
  t.equal(again.samples.length, 1)
  t.equal(readFileSync(file, 'utf8'), whole)
})

t.test('journal: another plan, and another machine, are refused', async (t) => {
  const dir = t.testdir()
  new Journal(dir, PLAN).begin(PLAN, BEGUN)
  t.throws(() => new Journal(dir, { ...PLAN, digest: 'def' }), JournalError)
  const elsewhere = { ...BEGUN, environment: { ...ENVIRONMENT, cpu: 'another' } }
  t.throws(() => new Journal(dir, PLAN).begin(PLAN, elsewhere), {
    message: /begun elsewhere \(cpu: a processor, here another\)/,
  })
})
