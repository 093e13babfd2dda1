/** `coldfront ps`: what is cold and what is warm in a running gateway. */

import type { GatewayStatus } from '../admin/status.ts'
import { asking } from './admin-address.ts'
import type { Call } from './command.ts'
import { EXIT } from './exit-code.ts'
import { statusTable } from './status-table.ts'

/** Throws `UsageError`, `ConfigError` or `AdminClientError`. */
export async function ps(call: Call): Promise<number> {
  const { shell, switches } = call
  const status = (await asking(call, (client) => client.get('/api/v1/functions'))) as GatewayStatus
  if (switches.has('json')) shell.out(`${JSON.stringify(status, undefined, 2)}\n`)
  else if (switches.has('names')) shell.out(status.functions.map(({ id }) => `${id}\n`).join(''))
  else shell.out(`${statusTable(status, shell.clock.wall())}\n`)
  return EXIT.ok
}
