import { readFileSync, readdirSync } from 'node:fs'
import t from 'tap'
import { LIMIT_PROMISES } from './limit-promises.ts'
import { surveyed } from './survey.ts'

/** Also where the machine has other things to do. */
t.setTimeout(280_000)

t.test('life cycle: every small mistake in the table or in a limit breaks a promise', async (t) => {
  const { mutants, equivalent, survivors, broken, needless } = await surveyed()
  t.comment(`${mutants} mutants, ${equivalent} of which change nothing`)
  t.strictSame(survivors, [], 'no mutant survives')
  t.strictSame(broken, [], 'no promise is broken without a mutant')
  t.strictSame(needless, [], 'what is listed as changing nothing exists')
})

t.test('life cycle: every limit that it reads has a promise', async (t) => {
  const folders = ['activator', 'domain'].map(
    (name) => new URL(`../../src/${name}/`, import.meta.url),
  )
  const texts = folders.flatMap((at) =>
    readdirSync(at).map((name) => readFileSync(new URL(name, at), 'utf8')),
  )
  const read = texts.flatMap((text) =>
    [...text.matchAll(/\bLIMITS\.(\w+)/g)].map(([, name]) => name),
  )
  t.strictSame(new Set(read), new Set(Object.keys(LIMIT_PROMISES)))
})
