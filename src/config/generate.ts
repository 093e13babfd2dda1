/** Writes `gateway.schema.json` and docs/CONFIG.md from the schema: `node src/config/generate.ts`. A test fails when they are stale. */

import { readFile, writeFile } from 'node:fs/promises'
import { editorSchema } from './editor-schema.ts'
import { reference } from './reference.ts'

/** The introduction of docs/CONFIG.md ends here; what follows is generated. */
const MARK = '<!-- Everything below is generated from the schema: node src/config/generate.ts -->'

const ROOT = new URL('../../', import.meta.url)

/** Paths from the root of the project, with the text that belongs there. Reads the introduction of the page. */
export async function generated(): Promise<ReadonlyMap<string, string>> {
  const schema = editorSchema()
  const page = await readFile(new URL('docs/CONFIG.md', ROOT), 'utf8')
  const [introduction = ''] = page.split(MARK)
  return new Map([
    ['gateway.schema.json', `${JSON.stringify(schema, null, 2)}\n`],
    ['docs/CONFIG.md', reference(introduction + MARK, schema)],
  ])
}

if (import.meta.main) {
  for (const [path, text] of await generated()) await writeFile(new URL(path, ROOT), text)
}
