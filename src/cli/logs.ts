/** `coldfront logs`: what a function printed, and with `-f` what it prints from now on. */

import { escapeControls } from '../telemetry/plain-text.ts'
import { asking } from './admin-address.ts'
import type { Call } from './command.ts'
import { EXIT } from './exit-code.ts'
import { follow } from './follow.ts'

interface Line {
  /** Wall clock, ms since the epoch. */
  readonly at: number
  readonly instance: string
  readonly line: string
}

export async function logs(call: Call): Promise<number> {
  const { shell, operand, values, switches } = call
  const last = values.get('last')
  const query = new URLSearchParams(last === undefined ? {} : { last })
  const print = (line: Line): void =>
    shell.out(`${switches.has('json') ? JSON.stringify(line) : textOf(line)}\n`)
  const path = `/api/v1/functions/${encodeURIComponent(operand)}/logs`
  await asking(call, async (client) => {
    if (switches.has('follow')) {
      query.set('follow', '1')
      const each = ({ data }: { data: string }): void => {
        const line = JSON.parse(data) as Line | { readonly k: 'gap' }
        if ('line' in line) print(line)
      }
      return follow({ shell, client, path: `${path}?${query.toString()}`, each })
    }
    const answer = (await client.get(`${path}?${query.toString()}`)) as { lines: readonly Line[] }
    for (const line of answer.lines) print(line)
  })
  return EXIT.ok
}

const textOf = ({ at, instance, line }: Line): string =>
  `${new Date(at).toISOString()} ${instance} | ${escapeControls(line)}`
