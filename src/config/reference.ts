/** docs/CONFIG.md: an introduction by task, and a table for every group of options, made from the schema. */

import { KINDS, type OptionName } from './function-options.ts'
import type { SchemaNode } from './editor-schema.ts'

/** The page, given its introduction and the JSON Schema. */
export function reference(introduction: string, schema: SchemaNode): string {
  const { functions, defaults, ...gateway } = schema.properties ?? {}
  const fn = schema.$defs?.['Function']
  const lines = [
    introduction.trimEnd(),
    '',
    '## The gateway',
    '',
    ...table(gateway, ''),
    ...groups(gateway),
    '## A function',
    '',
    `Each entry below \`functions:\`. ${functions?.description ?? ''}`,
    '',
    ...table(fn?.properties ?? {}, '', kinds),
    ...groups(fn?.properties ?? {}, kinds),
    '## `defaults`',
    '',
    `${defaults?.description ?? ''} It takes these options of a function; one that is not for a function’s kind is passed over:`,
    '',
    `${Object.keys(defaults?.properties ?? {})
      .map(code)
      .join(', ')}.`,
  ]
  return `${lines.join('\n').trimEnd()}\n`
}

type Properties = Readonly<Record<string, SchemaNode>>
/** What else a row says of an option. */
type Extra = (name: string) => string

const code = (text: string): string => `\`${text}\``

const kinds: Extra = (name) => {
  const found = Object.hasOwn(KINDS, name) ? KINDS[name as OptionName] : []
  return found.length === 4 ? 'all' : found.map(code).join(', ')
}

/** Options that are maps of their own have no `properties` and stay in the table. */
const isGroup = (node: SchemaNode): boolean => optionsOf(node) !== undefined

/** Of a group, or of each entry of a list of groups. */
const optionsOf = (node: SchemaNode): Properties | undefined =>
  node.properties ?? node.items?.properties

function groups(properties: Properties, extra?: Extra): readonly string[] {
  return Object.entries(properties).flatMap(([name, node]) => {
    if (!isGroup(node)) return []
    const only = extra && extra(name) !== 'all' ? ` For functions with ${extra(name)}.` : ''
    return [
      `### ${code(name)}`,
      '',
      `${node.description ?? ''}${only}`,
      '',
      ...table(optionsOf(node) ?? {}, node.items ? `${name}[].` : `${name}.`),
    ]
  })
}

function table(properties: Properties, prefix: string, extra?: Extra): readonly string[] {
  const columns = [
    'option',
    'meaning',
    'value',
    'default',
    'least',
    'most',
    ...(extra ? ['for'] : []),
  ]
  const rows = Object.entries(properties)
    .filter(([, node]) => !isGroup(node))
    .map(([name, node]) => [...row(prefix + name, node), ...(extra ? [extra(name)] : [])])
  if (rows.length === 0) return []
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line), '']
}

const line = (cells: readonly string[]) =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`

function row(name: string, node: SchemaNode): readonly string[] {
  const least = node['x-minimum'] ?? node.minimum
  const most = node['x-maximum'] ?? node.maximum
  return [
    code(name),
    node.description ?? '',
    node['x-unit'] ?? '',
    shown(node.default),
    shown(least),
    shown(most),
  ]
}

function shown(value: unknown): string {
  if (value === undefined) return '–'
  // A list or map by default is an empty one.
  return typeof value === 'object' ? 'none' : code(JSON.stringify(value).replaceAll('"', ''))
}
