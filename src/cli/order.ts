/** Commands that order something and are done: `pause`, `stop`, `warm`, `reload`. The gateway says what it made of it. */

import { asking } from './admin-address.ts'
import type { Call } from './command.ts'
import { EXIT } from './exit-code.ts'

export const pause = (call: Call): Promise<number> => order(call, verbOf(call, 'pause'))

export const stop = (call: Call): Promise<number> => order(call, verbOf(call, 'stop'))

export const reload = (call: Call): Promise<number> => order(call, '/api/v1/reload')

/** For an hour where nothing is said. */
export const warm = (call: Call): Promise<number> =>
  order(call, verbOf(call, 'warm'), { for: call.values.get('for') ?? '1h' })

const verbOf = ({ operand }: Call, verb: string): string =>
  `/api/v1/functions/${encodeURIComponent(operand)}/${verb}`

async function order(call: Call, path: string, body: unknown = {}): Promise<number> {
  const { shell, switches } = call
  const answer = await asking(call, (client) => client.post(path, body))
  const { message } = answer as { message: string }
  shell.out(switches.has('json') ? `${JSON.stringify(answer)}\n` : `${message}\n`)
  return EXIT.ok
}
