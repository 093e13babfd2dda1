/** From the words of the command line to an exit code. Every mistake says what is wrong and what to do. */

import { COMMANDS } from './commands.ts'
import { HELP, parseLine } from './command-line.ts'
import { UsageError } from './command.ts'
import { EXIT } from './exit-code.ts'
import { commandHelp, overview } from './help.ts'
import { nearest } from '../lib/nearest.ts'
import type { Command } from './command.ts'
import type { Shell } from './shell.ts'

/** Words that mean a command. */
const SYNONYMS: Readonly<Record<string, string>> = {
  '--version': 'version',
  '-v': 'version',
  '--help': 'help',
  '-h': 'help',
}

/** Runs the command; never rejects. `commands` is given only by tests. */
export async function run(
  words: readonly string[],
  shell: Shell,
  commands: readonly Command[] = COMMANDS,
): Promise<number> {
  const [word = '', ...rest] = words
  const name = SYNONYMS[word] ?? word
  try {
    if (name === 'help') return help(rest, shell, commands)
    if (name === '') {
      shell.err(overview(commands))
      return EXIT.usage
    }
    const command = commandNamed(name, commands)
    const line = parseLine(command, rest)
    if (!line.switches.has(HELP.name)) return await command.run({ shell, ...line })
    shell.out(commandHelp(command))
    return EXIT.ok
  } catch (error) {
    return told(error, {
      shell,
      isCommand: commands.some((command) => command.name === name),
      name,
    })
  }
}

function help([topic]: readonly string[], shell: Shell, commands: readonly Command[]): number {
  const isTopic = topic !== undefined && topic !== 'help' && !topic.startsWith('-')
  shell.out(isTopic ? commandHelp(commandNamed(topic, commands)) : overview(commands))
  return EXIT.ok
}

function commandNamed(name: string, commands: readonly Command[]): Command {
  const command = commands.find((row) => row.name === name)
  if (command) return command
  const near = nearest(name, [...commands.map((row) => row.name), 'help'])
  const hint = near === undefined ? 'see "coldfront help"' : `did you mean "coldfront ${near}"?`
  throw new UsageError(`there is no command "${name}", ${hint}`)
}

/** Says what went wrong and chooses the exit code. */
function told(
  error: unknown,
  { shell, name, isCommand }: { shell: Shell; name: string; isCommand: boolean },
): number {
  const message = error instanceof Error ? error.message : String(error)
  // Its text names file, line and column itself, as editors expect it at the start of a line.
  if (error instanceof Error && error.name === 'ConfigError') {
    shell.err(`${message}\n`)
    return EXIT.usage
  }
  shell.err(`coldfront: ${message}\n`)
  if (!(error instanceof UsageError)) return EXIT.failure
  shell.err(`Try: coldfront help${isCommand ? ` ${name}` : ''}\n`)
  return EXIT.usage
}
