/**
 * How far a function's wake is, told to one client as server-sent events until it is over. Wakes nobody: that was the
 * page's doing.
 */

import type { WakeProgress } from '../domain/admission.ts'
import type { FunctionSpec } from '../domain/function.ts'
import { LIMITS } from '../domain/limits.ts'
import type { Timer } from '../lib/clock.ts'
import type { LifeEvent } from '../telemetry/events.ts'
import type { ClientReply } from './client-reply.ts'
import type { Surroundings } from './surroundings.ts'

/** The path below a function's own prefix. RFC 8615 keeps it free of anybody's names. */
const PATH = '.well-known/coldfront/progress'

/** Where the progress of a function is told whose requests come in at `prefix`. */
export const progressPath = (prefix: string): string => prefix + PATH

/** Whether this is such a path of a function that has a waiting page at all; all others are the function's own. */
export const isProgress = (fn: FunctionSpec, target: string): boolean =>
  fn.onCold !== 'hold' && (target.split('?', 1)[0] ?? '').endsWith(`/${PATH}`)

/** A step that an event tells and the instances' states do not. */
type Told = Omit<WakeProgress, 'phase'> & { readonly phase: WakeProgress['phase'] | 'pulling' }

export interface ProgressStreamParts {
  readonly fn: FunctionSpec
  readonly reply: ClientReply
  readonly around: Surroundings
  /** Called once, when all was told. */
  readonly over: () => void
}

export class ProgressStream {
  readonly #parts: ProgressStreamParts
  #leave: (() => void) | undefined
  #timer: Timer | undefined
  #credit = 0
  /** What the client was told last. */
  #phase: Told['phase'] | undefined
  #isOver = false

  constructor(parts: ProgressStreamParts) {
    this.#parts = parts
  }

  /** False, with nothing sent: too many watch already. */
  begin(): boolean {
    const { fn, reply, around } = this.#parts
    this.#leave = around.board.watch(fn.id, (e) => this.#happened(e))
    if (!this.#leave) return false
    reply.head(200, FIELDS, 'stream')
    reply.onDemand((bytes) => (this.#credit += bytes))
    this.#write(`retry: ${LIMITS.progressRetryMs}\n\n`)
    // A browser connects again by itself; a client that nobody sees leave does not stay for ever.
    this.#timer = around.clock.timer(LIMITS.progressMs, () => this.end())
    this.#look()
    return true
  }

  /** Tells no more. Idempotent. */
  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.close()
    this.#parts.reply.end()
    this.#parts.over()
  }

  /** The client is gone. */
  close(): void {
    this.#isOver = true
    this.#leave?.()
    this.#timer?.cancel()
  }

  #happened(e: LifeEvent): void {
    if (e.k === 'pull') {
      const progress = this.#progress()
      if (progress) this.#tell({ ...progress, phase: 'pulling' })
    } else if (e.k === 'state' || e.k === 'ready' || e.k === 'failed') {
      // In a later turn: what follows from the event is decided by then.
      this.#parts.around.clock.turn(() => this.#look())
    }
  }

  #look(): void {
    if (this.#isOver) return
    const progress = this.#progress()
    if (!progress) return this.end()
    const isPulling = this.#phase === 'pulling' && progress.phase === 'starting'
    if (!isPulling) this.#tell(progress)
  }

  #progress(): WakeProgress | undefined {
    const { around, fn } = this.#parts
    return around.admission.progress(fn.id)
  }

  #tell(told: Told): void {
    if (this.#isOver || told.phase === this.#phase) return
    this.#phase = told.phase
    this.#write(`data: ${JSON.stringify(told)}\n\n`)
    if (told.phase === 'ready' || told.phase === 'failed') this.end()
  }

  /** A client that takes nothing gets no more; a few lines are all there is. */
  #write(text: string): void {
    const bytes = Buffer.from(text)
    if (this.#credit < bytes.length) return
    this.#credit -= bytes.length
    this.#parts.reply.data(bytes)
  }
}

const FIELDS = [
  'Content-Type',
  'text/event-stream',
  'Cache-Control',
  'no-store',
  'X-Robots-Tag',
  'noindex',
  'X-Accel-Buffering',
  'no',
]
