import t from 'tap'
import { readFile } from 'node:fs/promises'
import { editorSchema, type SchemaNode } from '../../../src/config/editor-schema.ts'
import { generated } from '../../../src/config/generate.ts'
import { loadConfig } from '../../../src/config/load.ts'
import { parseDuration } from '../../../src/lib/duration.ts'
import { parseSize } from '../../../src/lib/size.ts'
import { workspace, type Files } from './workspace.ts'

const ROOT = new URL('../../../', import.meta.url)

/** Every option by its dotted path, groups left out. */
function options(node: SchemaNode, path: string): readonly (readonly [string, SchemaNode])[] {
  if (!node.properties) return [[path, node]]
  return Object.entries(node.properties).flatMap(([name, child]) =>
    options(child, path === '' ? name : `${path}.${name}`),
  )
}

const schema = editorSchema()
const all = [...options(schema, ''), ...options(schema.$defs?.['Function'] ?? {}, 'function')]

t.test('schema: the files made from it are up to date (node src/config/generate.ts)', async (t) => {
  for (const [path, text] of await generated())
    t.equal(await readFile(new URL(path, ROOT), 'utf8'), text, path)
})

t.test('schema: every option has a description and says what its value is', async (t) => {
  t.ok(all.length > 80)
  for (const [path, node] of all) {
    if (path === 'functions') continue
    t.match(node.description, /\.$/, path)
    t.type(node['x-unit'], 'string', path)
  }
})

t.test('schema: every amount has bounds, and its default lies within them', async (t) => {
  const amounts = all.filter(
    ([, node]) =>
      /^(duration|size)|^(?!one)\w+ or `never`$/.test(node['x-unit'] ?? '') ||
      node.type === 'integer' ||
      node.type === 'number',
  )
  t.ok(amounts.length > 40)
  for (const [path, node] of amounts) {
    const [least, most] = [node['x-minimum'] ?? node.minimum, node['x-maximum'] ?? node.maximum]
    const [from, to, value] = [amount(least), amount(most), amount(node.default)]
    t.ok(from !== undefined && to !== undefined && from < to, path)
    if (value !== undefined && value !== Infinity)
      t.ok(value >= from! && value <= to!, `${path}: default`)
  }
})

function amount(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  return typeof value === 'string' ? (parseDuration(value) ?? parseSize(value)) : undefined
}

t.test('schema: the gateway.yaml of the project is right', async (t) => {
  const file = new URL('gateway.yaml', ROOT).pathname
  const config = await loadConfig({ file, env: {}, homedir: '/', isRoot: false, cores: 2 })
  t.ok(config.functions.some((fn) => fn.id === 'hello' && fn.runtime === 'process'))
  t.strictSame(
    [...new Set(config.functions.map((fn) => fn.runtime))],
    ['process'],
    'none needs Docker',
  )
})

t.test('schema: every example of the reference is right', async (t) => {
  const page = await readFile(new URL('docs/CONFIG.md', ROOT), 'utf8')
  const examples = [...page.matchAll(/^```yaml( function)?\n(.*?)^```$/gms)]
  t.ok(examples.length >= 8)
  for (const [, isFunction, text = ''] of examples) {
    const files: Files = isFunction
      ? { 'gateway.yaml': 'include: functions.d\n', 'functions.d': { 'hello.yaml': text } }
      : { 'gateway.yaml': text, 'functions.d': {}, secrets: { 'db-password': 'x\n' } }
    t.equal(await workspace(t, files).mistakes(), '', text)
  }
})
