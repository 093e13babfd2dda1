import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

import { LearntFile, readLearnt } from '../../../src/admin/learnt-file.ts'
import { type FunctionId, functionId, revisionId } from '../../../src/domain/ids.ts'
import type { Lesson } from '../../../src/domain/lesson.ts'
import { LIMITS } from '../../../src/domain/limits.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { tempDir } from '../../support/temp-dir.ts'

const LESSON: Lesson = {
  revision: revisionId('r1'),
  cold: [812.5, 900],
  resumed: [],
  idle: { stopAfter: 'Infinity', outOfBounds: 1, bins: [[30, 12]] },
}

function setup(t: { teardown(fn: () => unknown): void }) {
  const dir = tempDir(t)
  const clock = new FakeClock()
  const warnings: string[] = []
  const known = new Map<FunctionId, Lesson>([[functionId('hello'), LESSON]])
  const from = { lessons: () => known }
  const file = new LearntFile({ dir, clock, from, warn: (message) => warnings.push(message) })
  return { dir, clock, file, known, warnings, path: join(dir, 'learnt.json') }
}

t.test('learnt file: what is written is read again, for this user alone', async (t) => {
  const { dir, clock, file, known, path } = setup(t)
  t.equal(readLearnt(dir).size, 0, 'nothing is there at first')
  clock.advance(LIMITS.learntEveryMs)
  await file.close()
  t.strictSame(readLearnt(dir), known)
  t.equal(statSync(path).mode & 0o777, 0o600)
  t.strictSame(readdirSync(dir), ['learnt.json'], 'no draft is left')
  t.equal(clock.next, Infinity)
})

t.test('learnt file: is written when there is something new', async (t) => {
  const { dir, clock, file, known, path } = setup(t)
  clock.advance(LIMITS.learntEveryMs)
  await file.close()
  rmSync(path)
  await file.close()
  t.strictSame(readdirSync(dir), [], 'it would say the same')
  known.clear()
  await file.close()
  t.equal(readLearnt(dir).size, 0)
  t.strictSame(readdirSync(dir), ['learnt.json'])
})

t.test('learnt file: one that is damaged, or of another version, is as none', async (t) => {
  const { dir, path } = setup(t)
  const text = (value: unknown) => JSON.stringify(value)
  for (const wrong of [
    '',
    '{"version":1,"functions":{"hel',
    text({ version: 2, functions: { hello: LESSON } }),
    text({ version: 1, functions: null }),
    text({ version: 1, functions: { hello: { ...LESSON, cold: ['x'] } } }),
    text({ version: 1, functions: { hello: { ...LESSON, cold: [-1] } } }),
    text({ version: 1, functions: { hello: { ...LESSON, revision: 7 } } }),
  ]) {
    writeFileSync(path, wrong)
    t.equal(readLearnt(dir).size, 0, wrong)
  }
  const idle = { stopAfter: '1', outOfBounds: 0, bins: [[0.5, 1]] }
  writeFileSync(path, text({ version: 1, functions: { hello: { ...LESSON, idle } } }))
  t.notOk(readLearnt(dir).get(functionId('hello'))?.idle, 'what is right of it counts')
  t.strictSame(readLearnt(dir).get(functionId('hello'))?.cold, LESSON.cold)
})

t.test('learnt file: a directory that takes nothing is said once', async (t) => {
  const { dir, file, warnings } = setup(t)
  rmSync(dir, { recursive: true })
  await file.close()
  await file.close()
  t.equal(warnings.length, 1)
  t.match(warnings[0], /what was learnt cannot be kept/)
})
