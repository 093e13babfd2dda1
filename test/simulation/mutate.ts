/**
 * `npm run mutants`: makes every small mistake in the life-cycle table and in a limit, and tells which of them break no promise
 * about the world: each of those is a promise that is missing. Takes a minute or two.
 */

import { surveyed } from './survey.ts'

const say = (line: string): void => void process.stdout.write(`${line}\n`)

const { mutants, equivalent, survivors, broken, needless } = await surveyed()
for (const name of survivors) say(`survives: ${name}`)
for (const order of broken) say(`without a mutant: ${order}`)
for (const pattern of needless) say(`is no mutant: ${pattern}`)
say(`${mutants} mutants: ${equivalent} change nothing, ${survivors.length} survive`)
process.exitCode = survivors.length + broken.length + needless.length === 0 ? 0 : 1
