/** `coldfront events`: what happens in a running gateway, as it happens. */

import { eventEntry } from '../telemetry/entry.ts'
import type { TelemetryEvent } from '../telemetry/events.ts'
import { prettyLines } from '../telemetry/pretty-line.ts'
import { asking } from './admin-address.ts'
import type { Call } from './command.ts'
import { EXIT } from './exit-code.ts'
import { follow } from './follow.ts'

/** What the stream tells: an event without output, or that some are missing. */
export type ToldEvent = TelemetryEvent | { readonly k: 'gap'; readonly missing?: number }

export async function events(call: Call): Promise<number> {
  const { shell, values, switches } = call
  const query = new URLSearchParams({ last: values.get('last') ?? '0' })
  const fn = values.get('function')
  if (fn !== undefined) query.set('function', fn)
  const lineOf = eventLines(shell.colour, switches.has('all'))
  const each = ({ data }: { data: string }): void => {
    const line = switches.has('json') ? data : lineOf(JSON.parse(data) as ToldEvent)
    if (line !== undefined) shell.out(`${line}\n`)
  }
  const path = `/api/v1/events?${query.toString()}`
  await asking(call, (client) => follow({ shell, client, path, each }))
  return EXIT.ok
}

/** Lines for people. Steps of single instances are told only with `all`. */
export function eventLines(colour: boolean, all: boolean): (e: ToldEvent) => string | undefined {
  const pretty = prettyLines(colour)
  return (e) => {
    if (e.k === 'gap') return `… ${e.missing ?? 'some'} events are missing here`
    if (e.k === 'state' && !all) return undefined
    // What a function printed is not in the stream.
    const entry = eventEntry(e.k === 'failed' ? { ...e, log: [] } : e)
    return pretty(entry.level === 'debug' ? { ...entry, level: 'info' } : entry)
  }
}
