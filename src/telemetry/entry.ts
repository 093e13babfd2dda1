/**
 * One log entry per event or request, before it becomes JSON or a line for people. Entries hold no secrets:
 * paths come without their query, header fields and bodies never come at all.
 */

import { ERRORS } from '../domain/errors.ts'
import { pathOf, shorten } from './plain-text.ts'
import type { GatewayEvent, LifeEvent, RequestRecord, TelemetryEvent } from './events.ts'
import type { WakePhases, WokenBy } from '../domain/admission.ts'

export type Level = 'debug' | 'info' | 'warn' | 'error'

/** `fields` keep their order; undefined ones are left out. */
export interface Entry {
  readonly at: number
  readonly level: Level
  readonly msg: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** Milliseconds with a precision of 0.01. */
export const ms = (value: number): number => Math.round(value * 100) / 100

/** The phases that took time. */
function phasesOf(phases: WakePhases | undefined): Record<string, number> | undefined {
  if (!phases) return undefined
  const taken = Object.entries(phases).filter(([, value]) => value > 0)
  return Object.fromEntries(taken.map(([name, value]) => [name, ms(value)]))
}

/** The line of one finished request. */
export function requestEntry(r: RequestRecord): Entry {
  return {
    at: r.at,
    level: requestLevel(r),
    msg: 'request',
    fields: {
      function: r.fn,
      instance: r.instance,
      requestId: r.id,
      traceId: r.trace?.traceId,
      start: r.start,
      status: r.status,
      method: shorten(r.method),
      host: shorten(r.host),
      path: pathOf(r.target),
      client: r.client,
      userAgent: r.userAgent === '' ? undefined : shorten(r.userAgent),
      totalMs: ms(r.totalMs),
      holdMs: ms(r.holdMs),
      connectMs: ms(r.connectMs),
      firstByteMs: ms(r.firstByteMs),
      overheadMs: ms(r.overheadMs),
      phases: phasesOf(r.wake),
      bytesIn: r.bytesIn,
      bytesOut: r.bytesOut,
      upgraded: r.upgraded ? true : undefined,
      outcome: r.outcome,
      error: r.error,
      cause: r.cause === undefined ? undefined : shorten(r.cause),
    },
  }
}

export function requestLevel(r: RequestRecord): Level {
  if (r.error === undefined) return 'info'
  if (r.error === 'INTERNAL') return 'error'
  return ERRORS[r.error].fault === 'client' ? 'info' : 'warn'
}

/** The line of one event. */
export function eventEntry(e: TelemetryEvent): Entry {
  if (e.k === 'output') {
    const fields = { function: e.fn, instance: e.instance, line: shorten(e.line) }
    return { at: e.at, level: 'info', msg: 'output', fields }
  }
  return 'fn' in e ? lifeEntry(e) : gatewayEntry(e)
}

function lifeEntry(e: LifeEvent): Entry {
  const [level, msg, rest] = (LIFE[e.k] as (e: LifeEvent) => Parts)(e)
  const instance = 'instance' in e ? e.instance : undefined
  return { at: e.at, level, msg, fields: { function: e.fn, instance, ...rest } }
}

function gatewayEntry(e: GatewayEvent): Entry {
  const [level, msg, fields] = (GATEWAY[e.k] as (e: GatewayEvent) => Parts)(e)
  return { at: e.at, level, msg, fields }
}

type Parts = readonly [level: Level, msg: string, fields: Readonly<Record<string, unknown>>]
/** One row per kind of event: a new kind does not compile until it has its words. */
type Rows<E extends { readonly k: string }> = {
  readonly [K in E['k']]: (e: Extract<E, { readonly k: K }>) => Parts
}

const by = (e: { readonly by?: WokenBy }): WokenBy | undefined =>
  e.by && { ...e.by, path: pathOf(e.by.path), userAgent: shorten(e.by.userAgent) }

const LIFE: Rows<LifeEvent> = {
  woke: (e) => ['info', 'woken', { why: e.why, by: by(e) }],
  state: (e) => [
    'debug',
    'state',
    { from: e.from, to: e.to, event: e.event, revision: e.revision },
  ],
  started: () => ['info', 'started', {}],
  ready: (e) => ['info', 'ready', { by: e.by, totalMs: ms(e.totalMs), phases: phasesOf(e.phases) }],
  probed: (e) => ['debug', 'probed', { probeMs: ms(e.probeMs), slackMs: ms(e.slackMs) }],
  resumed: (e) => ['debug', 'resumed', { resumeMs: ms(e.resumeMs) }],
  paused: () => ['info', 'paused', {}],
  stopped: (e) => [e.problem ? 'warn' : 'info', 'stopped', { why: e.why, detail: e.problem }],
  failed: (e) => [
    'warn',
    'failed',
    {
      reason: e.reason,
      detail: shorten(e.message),
      backoffMs: ms(e.backoffMs),
      log: e.log.map(shorten),
    },
  ],
  held: (e) => ['debug', 'held', { by: by(e) }],
  released: (e) => ['debug', 'released', { requests: e.requests, heldMs: ms(e.heldMs) }],
  suppressed: (e) => [
    'warn',
    'wakes suppressed',
    { reason: e.reason, requests: e.requests, by: by(e) },
  ],
  refused: (e) => ['warn', 'waiters refused', { error: e.code, waiters: e.waiters }],
  alarm: (e) => ['error', 'alarm', { what: shorten(e.what) }],
  pull: (e) => ['info', 'pull', { image: e.image, progress: shorten(e.message) }],
}

const GATEWAY: Rows<GatewayEvent> = {
  listening: (e) => ['info', 'listening', { what: e.what, address: e.address }],
  reloaded: (e) => ['info', 'reloaded', { functions: e.functions, changed: e.changed }],
  reload_failed: (e) => ['error', 'reload failed, nothing was changed', { detail: e.message }],
  runtime: (e) => [
    e.up ? 'info' : 'warn',
    e.up ? 'runtime is up' : 'runtime is away',
    { runtime: e.runtime, detail: shorten(e.message) },
  ],
  closing: (e) => ['info', 'closing', { why: e.message }],
  notice: (e) => [e.level, shorten(e.message), {}],
}
