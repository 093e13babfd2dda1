import { readFile } from 'node:fs/promises'
import t from 'tap'
import { generated } from '../docs/generate.ts'

t.test('docs: every generated file is up to date (npm run generate)', async (t) => {
  for (const [path, text] of await generated())
    t.equal(await readFile(new URL(`../${path}`, import.meta.url), 'utf8'), text, path)
})
