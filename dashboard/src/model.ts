/** What is known of the gateway: asked for every second and right after each event, as long as somebody looks. */

import type { FunctionRow, OverviewAnswer } from '../../src/admin/overview.ts'
import type { FunctionId } from '../../src/domain/ids.ts'
import type { GatewayEvent, LifeEvent } from '../../src/telemetry/events.ts'
import { Refused, overview } from './api.ts'
import { Observable } from './observable.ts'
import { session } from './session.ts'
import { follow } from './stream.ts'

export type Row = FunctionRow
export type Told = (LifeEvent | GatewayEvent) & { readonly id: number }

/** Something was not told to this reader; how much is known of one process alone. */
interface Gap {
  readonly k: 'gap'
  readonly missing?: number
}

export interface World {
  readonly about: Omit<OverviewAnswer, 'ids' | 'changed'>
  readonly rows: readonly Row[]
}

/** `locked`: the gateway wants the token first. */
export type Link = 'connecting' | 'live' | 'lost' | 'locked'

const EVERY_MS = 1_000
/** After an event: the pool decides in the same turn, and a burst of events is one question. */
const SOON_MS = 40
/** From one question to the next: the gateway gives what it found to all who ask within a quarter of a second. */
const APART_MS = 260
const EVENTS_MAX = 2_000

export const world = new Observable<World | undefined>(undefined)
export const link = new Observable<Link>('connecting')
/** Oldest first. */
export const events = new Observable<readonly Told[]>([])
/** Wall clock of the gateway in ms, once a second: what all relative times go by. */
export const now = new Observable<number>(Date.now())

let rows: ReadonlyMap<FunctionId, Row> = new Map()
let revision: string | undefined
let skewMs = 0
let timer: number | undefined
let askedAt = -Infinity
let isAsking = false
let isWanted = false
let endEvents: (() => void) | undefined

/** Of all its instances; undefined where no runtime tells. */
export function memoryOf({ instances }: Row): number | undefined {
  const told = instances.map(({ memoryBytes }) => memoryBytes).filter((n) => n !== undefined)
  return told.length === 0 ? undefined : told.reduce((a, b) => a + b, 0)
}

/** Begins; called once. */
export function watch(): void {
  document.addEventListener('visibilitychange', () => void refresh())
  window.setInterval(() => now.set(Date.now() + skewMs), EVERY_MS)
  void refresh()
}

/** With another token, or none: everything is asked for anew. */
export function restart(): void {
  revision = undefined
  events.set([])
  endEvents?.()
  endEvents = undefined
  void refresh()
}

/** Asks now; an answer under way is asked for once more when it is there. */
export async function refresh(): Promise<void> {
  window.clearTimeout(timer)
  if (document.hidden) return
  if (isAsking) return void (isWanted = true)
  isAsking = true
  isWanted = false
  askedAt = performance.now()
  try {
    learn(await overview(revision))
  } catch (error) {
    const isLocked = error instanceof Refused && error.status === 401
    if (isLocked) session.signOut()
    link.set(isLocked ? 'locked' : 'lost')
  } finally {
    isAsking = false
  }
  if (link.value === 'locked') return
  if (isWanted) soon()
  else again(EVERY_MS)
}

function soon(): void {
  again(Math.max(SOON_MS, askedAt + APART_MS - performance.now()))
}

function again(ms: number): void {
  window.clearTimeout(timer)
  timer = window.setTimeout(() => void refresh(), ms)
}

function learn({ ids, changed, ...about }: OverviewAnswer): void {
  const news = new Map(changed.map((row) => [row.id, row]))
  const known = ids.map((id) => news.get(id) ?? rows.get(id)).filter((row) => row !== undefined)
  rows = new Map(known.map((row) => [row.id, row]))
  revision = about.revision
  skewMs = about.at - Date.now()
  now.set(about.at)
  link.set('live')
  world.set({ about, rows: known })
  endEvents ??= follow('/api/v1/events?last=1000', {
    message: (value) => happened(value as Told | Gap),
  })
}

let fresh: Told[] = []

/** Events come in bursts; they are shown together. */
function happened(event: Told | Gap): void {
  if (!('at' in event)) return gap(event)
  if (fresh.length === 0) queueMicrotask(showFresh)
  fresh.push(event)
  soon()
}

/** Another process tells from now on: what the one before told is not true any more. */
function gap({ missing }: Gap): void {
  if (missing !== undefined) return
  fresh = []
  events.set([])
}

function showFresh(): void {
  events.set([...events.value, ...fresh].slice(-EVENTS_MAX))
  fresh = []
}
