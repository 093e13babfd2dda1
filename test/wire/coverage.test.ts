/** The suite itself: every row has a test, and whatever is expected to fail exists. */

import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

import t from 'tap'

import { EXPECTED_FAILURES } from './expected-failures.ts'

const ROWS = 48

const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.test.ts'))
const tests = files.flatMap((file) => {
  const text = readFileSync(join(import.meta.dirname, file), 'utf8')
  return [...text.matchAll(/^row\(\s*(\d+),\s*(['"`])(.*?)\2,/gm)].map(
    ([, number = '', , what]) => ({
      number: Number(number),
      name: `row ${number.padStart(2, '0')}: ${what}`,
    }),
  )
})

t.test('wire suite: every row has at least one test', async (t) => {
  const missing = Array.from({ length: ROWS }, (_, i) => i + 1).filter(
    (number) => !tests.some((test) => test.number === number),
  )
  t.same(missing, [])
})

t.test('wire suite: no two tests have the same name', async (t) => {
  t.equal(new Set(tests.map(({ name }) => name)).size, tests.length)
})

t.test('wire suite: what is expected to fail exists', async (t) => {
  const names = new Set(tests.map(({ name }) => name))
  t.same(
    EXPECTED_FAILURES.filter(({ test }) => !names.has(test)),
    [],
  )
})
