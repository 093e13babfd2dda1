/** `coldfront wake`: has a function woken as a request would, and waits until it is ready. */

import type { WakePhases } from '../domain/admission.ts'
import type { FunctionStatus } from '../domain/status.ts'
import { escapeControls } from '../telemetry/plain-text.ts'
import { asking } from './admin-address.ts'
import { type AdminClient, AdminClientError } from './admin-client.ts'
import type { Call } from './command.ts'
import type { ToldEvent } from './events.ts'
import { EXIT } from './exit-code.ts'
import { Progress } from './progress.ts'

/** How a wake ends. */
type End = Extract<ToldEvent, { k: 'ready' | 'failed' }> | 'ready already'

export async function wake(call: Call): Promise<number> {
  const { shell, operand, switches } = call
  const path = `/api/v1/functions/${encodeURIComponent(operand)}`
  return asking(call, async (client) => {
    if (switches.has('no-wait')) {
      const answer = (await client.post(`${path}/wake`)) as { message: string }
      shell.out(switches.has('json') ? `${JSON.stringify(answer)}\n` : `${answer.message}\n`)
      return EXIT.ok
    }
    const end = await untilEnd(call, client, path)
    if (switches.has('json')) shell.out(`${JSON.stringify(resultOf(end))}\n`)
    else if (end === 'ready already') shell.out(`${operand} is ready already\n`)
    else if (end.k === 'ready') shell.out(`${operand} is ready ${howOf(end)}\n`)
    else shell.err(failureText(end, (await client.get(path)) as FunctionStatus))
    return end === 'ready already' || end.k === 'ready' ? EXIT.ok : EXIT.failure
  })
}

/** Listens first, so that nothing that the wake causes is missed. */
async function untilEnd(call: Call, client: AdminClient, path: string): Promise<End> {
  const abort = new AbortController()
  const progress = new Progress(call.shell, `${call.operand}: waking`)
  try {
    const begun = Promise.withResolvers<void>()
    const end = endOf(client, call.operand, {
      progress,
      signal: abort.signal,
      begun: begun.resolve,
    })
    // Its end may come when nobody waits for it any more.
    end.catch(() => undefined)
    await Promise.race([begun.promise, end])
    const { instances } = (await client.get(path)) as FunctionStatus
    if (instances.some(({ state }) => state === 'ready')) return 'ready already'
    await client.post(`${path}/wake`)
    return await end
  } finally {
    abort.abort()
    progress.end()
  }
}

async function endOf(
  client: AdminClient,
  fn: string,
  { progress, ...opening }: { progress: Progress; signal: AbortSignal; begun: () => void },
): Promise<End> {
  const path = `/api/v1/events?function=${encodeURIComponent(fn)}`
  for await (const { data } of client.stream(path, opening)) {
    const event = JSON.parse(data) as ToldEvent
    if (event.k === 'ready' || event.k === 'failed') return event
    const step = stepOf(event)
    if (step !== undefined) progress.step(`${fn}: ${step}`)
  }
  throw new AdminClientError('the gateway went away meanwhile')
}

function stepOf(event: ToldEvent): string | undefined {
  switch (event.k) {
    case 'pull':
      return escapeControls(`pulling ${event.image}: ${event.message}`)
    case 'started':
      return 'started, not ready yet'
    case 'state':
      return event.to
    default:
      return undefined
  }
}

const resultOf = (end: End): unknown =>
  end === 'ready already' ? { result: end } : { result: end.k, event: end }

/** `after 812 ms (cold): start 600 ms, probe 200 ms` */
function howOf({ by, totalMs, phases }: Extract<ToldEvent, { k: 'ready' }>): string {
  const parts = (Object.entries(phases) as [keyof WakePhases, number][])
    // It is a part of the probe.
    .filter(([name, ms]) => ms >= 0.5 && name !== 'probe_slack')
    .map(([name, ms]) => `${name.replace('_', ' ')} ${Math.round(ms)} ms`)
  return `after ${Math.round(totalMs)} ms (${by})${parts.length > 0 ? `: ${parts.join(', ')}` : ''}`
}

function failureText(
  { fn, reason, message }: Extract<ToldEvent, { k: 'failed' }>,
  { lastError }: FunctionStatus,
): string {
  const printed = (lastError?.log ?? []).map((line) => `    | ${escapeControls(line)}\n`)
  return `coldfront: ${fn} did not become ready (${reason}): ${escapeControls(message)}\n${printed.join('')}`
}
