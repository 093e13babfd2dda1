/** From words to a `Call`: every mistake names what was probably meant. */

import { parseArgs } from 'node:util'
import { nearest } from '../lib/nearest.ts'
import { UsageError } from './command.ts'
import type { Command, Option } from './command.ts'

/** Every command has it. */
export const HELP: Option = { name: 'help', short: 'h', help: 'Show this text.' }

export interface ParsedLine {
  readonly operand: string
  readonly values: ReadonlyMap<string, string>
  readonly switches: ReadonlySet<string>
}

/** Throws `UsageError`. */
export function parseLine(command: Command, words: readonly string[]): ParsedLine {
  const options = [...command.options, HELP]
  const values = new Map<string, string>()
  const switches = new Set<string>()
  const operands: string[] = []
  // Not strict: its messages would know neither the nearest option nor the choices.
  for (const token of parseArgs({
    args: [...words],
    strict: false,
    tokens: true,
    options: forms(options),
  }).tokens) {
    if (token.kind === 'positional') operands.push(token.value)
    if (token.kind !== 'option') continue
    const option = options.find(({ name }) => name === token.name)
    if (!option) throw unknownOption(token.rawName, options)
    if (option.value === undefined) switches.add(checkedSwitch(option, token.value))
    else
      values.set(
        option.name,
        together(option, values.get(option.name), checkedValue(option, token)),
      )
  }
  const room = command.operand ? 1 : 0
  const surplus = operands[room]
  if (surplus !== undefined) throw new UsageError(`unexpected "${surplus}"`)
  const operand = operands[0] ?? command.operand?.otherwise
  if (!switches.has(HELP.name)) checkOperand(command, operand)
  return { operand: operand ?? '', values, switches }
}

const together = ({ many }: Option, before: string | undefined, value: string): string =>
  many && before !== undefined ? `${before},${value}` : value

function checkOperand({ operand, example }: Command, value: string | undefined): void {
  if (!operand) return
  if (value === undefined || value === '')
    throw new UsageError(`${operand.name} is missing, as in: ${example}`)
  if (operand.choices && !operand.choices.includes(value))
    throw new UsageError(`${operand.name} is one of ${operand.choices.join(', ')}, not "${value}"`)
}

function forms(
  options: readonly Option[],
): Record<string, { type: 'string' | 'boolean'; short?: string }> {
  return Object.fromEntries(
    options.map(({ name, short, value }) => [
      name,
      { type: value === undefined ? 'boolean' : 'string', ...(short && { short }) },
    ]),
  )
}

function checkedSwitch(option: Option, value: string | undefined): string {
  if (value !== undefined) throw new UsageError(`--${option.name} takes no value`)
  return option.name
}

function checkedValue(
  option: Option,
  token: { readonly value: string | undefined; readonly inlineValue: boolean | undefined },
): string {
  const { value } = token
  // `--config --log json` forgot a file name; a name that begins with a dash can be given as `--config=-x`.
  if (
    value === undefined ||
    value === '' ||
    (value.startsWith('-') && token.inlineValue !== true)
  ) {
    throw new UsageError(`--${option.name} needs a value: --${option.name} ${option.value ?? ''}`)
  }
  if (option.choices && !option.choices.includes(value)) {
    throw new UsageError(`--${option.name} is one of ${option.choices.join(', ')}, not "${value}"`)
  }
  return value
}

function unknownOption(raw: string, options: readonly Option[]): UsageError {
  const name = nearest(
    raw.replace(/^-+/, ''),
    options.map((option) => option.name),
  )
  return new UsageError(
    `unknown option ${raw}${name === undefined ? '' : `, did you mean --${name}?`}`,
  )
}
