import t from 'tap'
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
