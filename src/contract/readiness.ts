/**
 * How an instance is known to be ready: it accepts a connection, or answers a GET. Promises to notice within
 * 25 ms at most (2 % of the wait), never to poll by the second, and to leave no connection behind but the
 * accepted one, in the pool of its run: the request that waits goes out on it at once.
 */

import { type Socket, connect } from 'node:net'

import type { Endpoint } from '../domain/endpoint.ts'
import type { FunctionSpec, Readiness } from '../domain/function.ts'
import { LIMITS } from '../domain/limits.ts'
import type { UpstreamPool } from '../http1/upstream-pool.ts'
import { type Clock, sleep } from '../lib/clock.ts'
import type { Running } from '../runtime/runtime.ts'
import type { ProbeReport } from './contract.ts'

interface ProbeParts {
  readonly clock: Clock
  /** The connections of the run. */
  readonly pool: () => UpstreamPool
  readonly signal: AbortSignal
}

interface Attempt extends ProbeParts {
  readonly running: Running
  readonly http: string | undefined
  readonly host: string
  readonly statuses: Readiness['statuses']
}

/** The wait before the next attempt, in ms, for one that has waited `waitedMs` already. */
export const probeStep = (waitedMs: number): number =>
  Math.min(LIMITS.probeStepMaxMs, Math.max(LIMITS.probeStepMinMs, waitedMs * LIMITS.probeStepShare))

/** Tries until the instance is ready. Rejects only with the reason of `signal`. */
export async function probe(
  running: Running,
  fn: FunctionSpec,
  parts: ProbeParts,
): Promise<ProbeReport> {
  const { clock, signal } = parts
  const { http, statuses } = fn.readiness
  const attempt: Attempt = { running, http, host: hostOf(fn), statuses, ...parts }
  let { accepts } = running
  const began = clock.now()
  let refusedAt: number | undefined
  for (let attempts = 1; ; attempts += 1) {
    signal.throwIfAborted()
    const isEnough = http === undefined && accepts === 'app'
    const finding = await (isEnough ? knocked(attempt) : asked(attempt))
    if (finding === 'ready')
      return { attempts, slackMs: refusedAt === undefined ? 0 : clock.now() - refusedAt }
    // A copying proxy listens before the start is answered: where somebody was refused, there is none.
    if (finding === 'refused') accepts = 'app'
    refusedAt = clock.now()
    await sleep(clock, probeStep(refusedAt - began), signal)
  }
}

/** The name an app with virtual hosts expects. A wildcard stands for its suffix. */
const hostOf = (fn: FunctionSpec): string => fn.routes[0]?.host.replace(/^\*\./, '') ?? 'localhost'

const dial = (endpoint: Endpoint): Socket =>
  endpoint.k === 'unix'
    ? connect({ path: endpoint.path })
    : connect({ host: endpoint.host, port: endpoint.port, noDelay: true })

type Finding = 'ready' | 'refused' | 'not yet'

/** One attempt on a connection that the run's requests go on with: ready when it was accepted. */
function knocked({ clock, pool, signal }: Attempt): Promise<Finding> {
  return new Promise((resolve) => {
    const giveUp = pool().knock((accepted) => {
      timer.cancel()
      signal.removeEventListener('abort', giveUp)
      resolve(accepted ? 'ready' : 'not yet')
    })
    const timer = clock.timer(LIMITS.probeAttemptMs, giveUp)
    signal.addEventListener('abort', giveUp, { once: true })
  })
}

/** One attempt on a socket of its own: ready when what answers there is the app. */
function asked({ running, http, host, statuses, clock, signal }: Attempt): Promise<Finding> {
  return new Promise((resolve) => {
    const socket = dial(running.endpoint)
    let timer = clock.timer(LIMITS.probeAttemptMs, () => settle('not yet'))

    const settle = (finding: Finding): void => {
      timer.cancel()
      signal.removeEventListener('abort', onAbort)
      // FIN where the instance is fine: an app that logs resets would log one at each start.
      if (finding === 'ready') socket.destroySoon()
      else socket.destroy()
      resolve(finding)
    }
    const onAbort = (): void => settle('not yet')
    const quietly = (limitMs: number, finding: Finding): void => {
      timer.cancel()
      timer = clock.timer(limitMs, () => settle(finding))
    }

    signal.addEventListener('abort', onAbort, { once: true })
    socket.on('error', ({ code }: NodeJS.ErrnoException) =>
      settle(code === 'ECONNREFUSED' ? 'refused' : 'not yet'),
    )
    socket.on('close', () => settle('not yet'))
    socket.on('end', () => settle('not yet'))
    socket.on('connect', () => {
      if (http !== undefined) {
        quietly(LIMITS.probeAnswerMs, 'not yet')
        socket.write(`GET ${http} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`, 'latin1')
        readStatus(socket, (status) => {
          const isGood = status !== undefined && status >= statuses[0] && status <= statuses[1]
          settle(isGood ? 'ready' : 'not yet')
        })
      } else {
        socket.resume()
        quietly(LIMITS.probeQuietMs, 'ready')
      }
    })
  })
}

/** Tells the status of the first line, or undefined when it is none of HTTP/1. */
function readStatus(socket: Socket, told: (status: number | undefined) => void): void {
  let text = ''
  socket.setEncoding('latin1')
  socket.on('data', (chunk: string) => {
    text += chunk
    const end = text.indexOf('\n')
    if (end < 0 && text.length < LIMITS.probeAnswerBytes) return
    const status = /^HTTP\/1\.[01] (\d{3})(?: |\r?\n)/.exec(text)?.[1]
    told(status === undefined ? undefined : Number(status))
  })
}
