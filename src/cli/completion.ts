/** Completion scripts for shells, made from the table of commands. Names of functions are asked of the running gateway. */

import { HELP } from './command-line.ts'
import type { Command, Operand, Option } from './command.ts'

export const SHELLS: readonly string[] = ['bash', 'zsh', 'fish']

const NAMES = 'coldfront ps --names 2>/dev/null'

/** The script for one of `SHELLS`. */
export function completionScript(shell: string, commands: readonly Command[]): string {
  if (shell === 'bash') return bash(commands)
  return shell === 'zsh' ? zsh(commands) : fish(commands)
}

const optionsOf = ({ options }: Command): readonly Option[] => [...options, HELP]

const flagsOf = ({ name, short }: Option): readonly string[] =>
  short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`]

/** What may stand for a value or an operand. */
type Kind =
  | 'names'
  | 'files'
  | 'nothing'
  | readonly string[]
  | { readonly known: readonly string[] }

function kindOf(name: string | undefined, { choices, known }: Partial<Operand> = {}): Kind {
  if (choices) return choices
  if (known) return { known }
  if (name === 'NAME') return 'names'
  return name === 'FILE' ? 'files' : 'nothing'
}

// bash

function bash(commands: readonly Command[]): string {
  const all = commands.flatMap(optionsOf).filter(({ value }) => value !== undefined)
  const valued = [...new Map(all.map((option) => [option.name, option])).values()]
  const values = valued.map(
    (option) =>
      `    ${flagsOf(option).join('|')}) ${bashReply(kindOf(option.value, option))}; return ;;`,
  )
  const cases = commands.map((command) => {
    const flags = optionsOf(command).flatMap(flagsOf).join(' ')
    const { operand } = command
    return `    ${command.name}) flags='${flags}'; ${bashReply(kindOf(operand?.name, operand))} ;;`
  })
  return `# coldfront completion bash > /etc/bash_completion.d/coldfront
_coldfront() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} flags=''
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${[...commands.map(({ name }) => name), 'help'].join(' ')}' -- "$cur"))
    return
  fi
  case "$prev" in
${values.join('\n')}
  esac
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
    help) COMPREPLY=($(compgen -W '${commands.map(({ name }) => name).join(' ')}' -- "$cur")) ;;
  esac
  case "$cur" in -*) COMPREPLY=($(compgen -W "$flags" -- "$cur")) ;; esac
}
complete -F _coldfront coldfront
`
}

function bashReply(kind: Kind): string {
  if (kind === 'files') return 'COMPREPLY=($(compgen -f -- "$cur"))'
  if (kind === 'names') return `COMPREPLY=($(compgen -W "$(${NAMES})" -- "$cur"))`
  if (kind === 'nothing') return ':'
  if ('known' in kind)
    return `COMPREPLY=($(compgen -W '${kind.known.join(' ')}' -- "$cur") $(compgen -f -- "$cur"))`
  return `COMPREPLY=($(compgen -W '${kind.join(' ')}' -- "$cur"))`
}

// zsh

function zsh(commands: readonly Command[]): string {
  const described = commands.map(({ name, summary }) => `    ${zshQuoted(`${name}:${summary}`)}`)
  const cases = commands.map((command) => {
    const { operand } = command
    const specs = optionsOf(command).flatMap(zshOption)
    if (operand) specs.push(`1:${operand.name}:${zshAction(kindOf(operand.name, operand))}`)
    return `    ${command.name}) _arguments ${specs.map(zshQuoted).join(' ')} ;;`
  })
  return `#compdef coldfront
# coldfront completion zsh > a directory of $fpath, as _coldfront
_coldfront_names() {
  local -a names
  names=(\${(f)"$(${NAMES})"})
  compadd -a names
}
_coldfront() {
  local -a commands
  commands=(
${described.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT -= 1 ))
  case $command in
${cases.join('\n')}
  esac
}
if [ "$funcstack[1]" = _coldfront ]; then _coldfront "$@"; else compdef _coldfront coldfront; fi
`
}

const zshQuoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** Brackets and colons mean something in what \`_arguments\` reads. */
function zshOption(option: Option): string[] {
  const help = option.help.replace(/[[\]:\\]/g, (char) => `\\${char}`)
  const value =
    option.value === undefined ? '' : `:${option.value}:${zshAction(kindOf(option.value, option))}`
  return flagsOf(option).map((flag) => `${flag}[${help}]${value}`)
}

function zshAction(kind: Kind): string {
  if (kind === 'files') return '_files'
  if (kind === 'names') return '_coldfront_names'
  if (kind === 'nothing') return ' '
  if ('known' in kind) return `{ compadd ${kind.known.join(' ')}; _files }`
  return `(${kind.join(' ')})`
}

// fish

function fish(commands: readonly Command[]): string {
  const lines = commands.flatMap((command) => {
    const seen = `-n '__fish_seen_subcommand_from ${command.name}'`
    const { operand } = command
    const kind = kindOf(operand?.name, operand)
    return [
      `complete -c coldfront -n __fish_use_subcommand -a ${command.name} -d ${fishQuoted(command.summary)}`,
      ...optionsOf(command).map((option) => `complete -c coldfront ${seen} ${fishOption(option)}`),
      ...(kind === 'nothing' ? [] : [`complete -c coldfront ${seen} ${fishWords(kind)}`]),
    ]
  })
  return `# coldfront completion fish > ~/.config/fish/completions/coldfront.fish
complete -c coldfront -f
${lines.join('\n')}
`
}

function fishOption(option: Option): string {
  const { name, short, value, help } = option
  const words = value === undefined ? '' : ` -r ${fishWords(kindOf(value, option))}`
  return `-l ${name}${short === undefined ? '' : ` -s ${short}`}${words} -d ${fishQuoted(help)}`
}

function fishWords(kind: Kind): string {
  if (kind === 'files') return '-F'
  if (kind === 'names') return `-a '(${NAMES})'`
  if (kind === 'nothing') return '-f'
  return 'known' in kind ? `-F -a '${kind.known.join(' ')}'` : `-f -a '${kind.join(' ')}'`
}

const fishQuoted = (text: string): string => `'${text.replace(/['\\]/g, (char) => `\\${char}`)}'`
