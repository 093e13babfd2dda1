/** One wake, split by stamps from outside; all in ms. The parts add up to the total. */

import type { Answer } from './asking.ts'
import type { StampedCall } from './stamped-call.ts'

export interface Phases {
  /** Request written → first call sent. Where no call is needed: → first byte of the request in the function. */
  readonly before: number
  /** In calls to the runtime: create, start, unpause, spawn, SIGCONT. */
  readonly calls: number
  /** Between them, where there are several. */
  readonly between: number
  /** Last call answered → the function listens; 0 where it listened already. */
  readonly boot: number
  /** The later of "listens" and "last call answered" → first byte of the request in the function. */
  readonly after: number
  /** From there → first byte of the answer at the client. */
  readonly answer: number
}

/** What a function says that takes part: when it listened, and when the first byte of the request reached it. */
interface AppStamps {
  readonly listening: number
  readonly firstByte: number
  /** In a container the first digits of its id. */
  readonly hostname?: string
}

/** Undefined where the function tells no times, or times of another clock (a container in a virtual machine). */
export function stampsOf({ body, sent, firstByte }: Answer): AppStamps | undefined {
  if (!body.startsWith('{')) return undefined
  try {
    const stamps = JSON.parse(body) as AppStamps
    const isOurClock = stamps.firstByte >= sent && stamps.firstByte <= firstByte
    return isOurClock && stamps.listening <= stamps.firstByte ? stamps : undefined
  } catch {
    return undefined
  }
}

/** `calls` are those sent since the request; calls for other instances are left out where ids tell them apart. */
export function phasesOf(answer: Answer, calls: readonly StampedCall[]): Phases | undefined {
  const stamps = stampsOf(answer)
  if (!stamps) return undefined
  const { sent } = answer
  const answered = answer.firstByte - stamps.firstByte
  const needed = own(calls, stamps).filter((call) => call.sent < stamps.firstByte)
  const first = needed[0]
  if (!first) {
    const before = stamps.firstByte - sent
    return { before, calls: 0, between: 0, boot: 0, after: 0, answer: answered }
  }
  const returned = Math.min(Math.max(...needed.map((call) => call.returned)), stamps.firstByte)
  const inCalls = covered(needed, returned)
  return {
    before: first.sent - sent,
    calls: inCalls,
    between: returned - first.sent - inCalls,
    boot: Math.max(0, stamps.listening - returned),
    after: stamps.firstByte - Math.max(stamps.listening, returned),
    answer: answered,
  }
}

/** The gateway's share: what is neither a call to the runtime, nor the function's own boot, nor its answer. */
export const shareOf = ({ before, between, after }: Phases): number => before + between + after

function own(calls: readonly StampedCall[], { hostname = '' }: AppStamps): readonly StampedCall[] {
  const found = hostname === '' ? [] : calls.filter(({ what }) => what.startsWith(hostname))
  return found.length > 0 ? found : calls
}

/** Time in which at least one of the calls was under way, up to the moment. */
function covered(calls: readonly StampedCall[], until: number): number {
  let sum = 0
  let end = -Infinity
  for (const { sent, returned } of calls.toSorted((a, b) => a.sent - b.sent)) {
    const to = Math.min(returned, until)
    sum += Math.max(0, to - Math.max(sent, end))
    end = Math.max(end, to)
  }
  return sum
}

/** What the gateway says of itself, by name: `Server-Timing` (W3C). */
export function timingsOf({ fields }: Answer): Readonly<Record<string, number>> {
  const entries = (fields.get('server-timing') ?? '').split(',').flatMap((part) => {
    const [name = '', ...rest] = part.trim().split(';')
    const ms = /^dur=([\d.]+)$/.exec(rest.find((field) => field.startsWith('dur=')) ?? '')?.[1]
    return ms === undefined ? [] : [[name, Number(ms)] as const]
  })
  return Object.fromEntries(entries)
}
