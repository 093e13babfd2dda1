/** Help as text: all commands, or one. */

import { HELP } from './command-line.ts'
import { NARROW, linesOf, wrapped } from './columns.ts'
import type { Command, Operand, Option } from './command.ts'

/** What the program is and which commands it has. */
export function overview(commands: readonly Command[]): string {
  const rows = [
    ...commands.map(({ name, summary }) => [name, summary] as const),
    ['help', 'Show this text, or that of one command.'] as const,
  ]
  const examples = commands.map(({ example }) => `  ${example}`)
  return `coldfront: an ingress that starts containers on request and puts them to sleep
when idle.

Usage: coldfront COMMAND [OPTIONS]

Commands:
${wrapped(rows, '  ')}

Examples:
${examples.join('\n')}

"coldfront help COMMAND" shows the options of a command.
Exit codes: 0 done, 1 the work failed, 2 the command line or the configuration
is wrong.
`
}

/** One command with its options. */
export function commandHelp({ name, summary, operand, options, example }: Command): string {
  const otherwise = operand?.otherwise
  const place = operand && (otherwise === undefined ? operand.name : `[${operand.name}]`)
  const words = ['coldfront', name, ...(place ? [place] : []), '[OPTIONS]']
  const operandLine = operand ? operandText(operand) : ''
  const rows = [...options, HELP].map((option) => [flags(option), option.help] as const)
  return `${linesOf(summary, NARROW).join('\n')}

Usage: ${words.join(' ')}
${operandLine}
Options:
${wrapped(rows, '  ')}

Example:
  ${example}
`
}

function operandText({ name, otherwise, choices }: Operand): string {
  if (choices) return `\n${name} is one of ${choices.join(', ')}.\n`
  return otherwise === undefined ? '' : `\n${name} is ${otherwise} when left out.\n`
}

function flags({ name, short, value }: Option): string {
  const long = value === undefined ? `--${name}` : `--${name} ${value}`
  return short === undefined ? `    ${long}` : `-${short}, ${long}`
}
