/**
 * One request from first to last byte: route, lease or hold, open, account. Promises exactly one answer or a
 * reset to the client, one release per lease, one record, and that nothing is sent to an instance twice.
 */

import {
  type Lease,
  type Outcome,
  type Refusal,
  type Ticket,
  type Waiter,
  type WokenBy,
  isRefusal,
} from '../domain/admission.ts'
import type { ErrorCode } from '../domain/errors.ts'
import type { Peer, RequestHead, ResetCode } from '../domain/exchange.ts'
import type { FunctionSpec } from '../domain/function.ts'
import { LIMITS } from '../domain/limits.ts'
import type { Timer } from '../lib/clock.ts'
import type { RequestRecord } from '../telemetry/events.ts'
import { Account } from './account.ts'
import { Attempt, type Attempted, wasUnseen } from './attempt.ts'
import { ClientReply } from './client-reply.ts'
import { coldAnswer } from './cold-answer.ts'
import { bodyToHold } from './held-body.ts'
import type { Fate, Incoming } from './incoming.ts'
import { ProgressStream, isProgress } from './progress-stream.ts'
import { vet } from './request-fields.ts'
import { type Surroundings, faultNotice } from './surroundings.ts'

type Stage = 'new' | 'held' | 'open' | 'over'

/** One request's way through the gateway. */
export class Passage implements Waiter, Attempted, Fate {
  readonly #incoming: Incoming
  readonly #around: Surroundings
  readonly #over: (passage: Passage) => void
  readonly account: Account
  readonly head: RequestHead
  readonly peer: Peer
  readonly reply: ClientReply
  readonly body: ReturnType<typeof bodyToHold>
  #stage: Stage = 'new'
  #fn: FunctionSpec | undefined
  #ticket: Ticket | undefined
  #attempt: Attempt | undefined
  #attempts = 0
  #timer: Timer | undefined
  #blindTimer: Timer | undefined
  #progress: ProgressStream | undefined
  readonly #isLoop: boolean
  /** Why it ended before its time: counts more than what the contract says afterwards. */
  #verdict: 'gone' | 'failed' | undefined

  /** `over` is called once, when nothing is left to do. */
  constructor(incoming: Incoming, around: Surroundings, over: (passage: Passage) => void) {
    this.#incoming = incoming
    this.#around = around
    this.#over = over
    const vetted = vet(incoming, around.policy)
    this.head = vetted.head
    this.peer = vetted.peer
    this.#isLoop = vetted.isLoop
    this.account = new Account({ incoming, vetted, clock: around.clock })
    this.reply = new ClientReply({
      incoming,
      surroundings: around,
      record: this.account.record,
      isTrusted: vetted.peer.trusted,
    })
    this.body = bodyToHold(incoming, around, () => this.reply.continue())
  }

  /** Order: syntax, route, and only then the wake, which the client may have had too many of. */
  begin(): void {
    const { head } = this.#incoming
    this.#incoming.watch(this)
    if (this.#isOver) return
    if (head.fault) return this.#refuse({ code: head.fault })
    if (this.#isLoop) return this.#refuse({ code: 'LOOP_DETECTED' })
    this.#fn = this.#around.router.match(head.host, head.target)
    if (!this.#fn) return this.#refuse({ code: 'UNKNOWN_HOST' })
    this.account.routed(this.#fn.id)
    if (head.maxForwards === 0) return this.#answerHere()
    if (isProgress(this.#fn, head.target)) return this.#tellProgress(this.#fn)
    this.#timer = this.#around.clock.timer(this.#fn.timeouts.requestMs, () =>
      this.#stop(this.#stage === 'held' ? 'HOLD_TIMEOUT' : 'UPSTREAM_TIMEOUT', 'timeout'),
    )
    this.#seekLease(this.#fn)
  }

  /** The drain is over: whatever is still under way ends now. */
  abort(): void {
    this.#stop('CLOSING', 'closing')
  }

  /** The drain begins: what would go on for its own sake ends. */
  drain(): void {
    this.#progress?.end()
  }

  // What the control plane asks and says.

  get by(): WokenBy {
    return this.account.by
  }

  granted(lease: Lease): boolean {
    if (this.#stage !== 'held') return false
    this.#ticket = undefined
    this.#open(lease)
    return true
  }

  mayWake(): Refusal | undefined {
    const waitMs = this.#around.wakeRate.take(this.peer.address)
    return waitMs > 0 ? { code: 'RATE_LIMITED', retryAfterMs: waitMs } : undefined
  }

  refused(refusal: Refusal): void {
    if (this.#stage !== 'held') return
    this.#ticket = undefined
    this.#refuse(refusal)
  }

  // What the client does.

  gone(code: ResetCode): void {
    if (this.#isOver) return
    if (code === 'client_broken') return this.#stop('BAD_FRAMING', code)
    this.#end('gone', code)
  }

  crashed(error: unknown): void {
    const { clock, events } = this.#around
    const notice = faultNotice(`request ${this.account.record.id}`, error, clock.wall())
    events.emit(notice)
    this.#stop('INTERNAL', 'cancelled', notice.message)
  }

  // What the contract says.

  tunnelled(): void {
    this.#timer?.cancel()
  }

  unwritable(error: unknown): void {
    this.#stop(
      'UPSTREAM_INVALID',
      'cancelled',
      error instanceof Error ? error.message : String(error),
    )
  }

  ended(attempt: Attempt, outcome: Outcome): void {
    this.#around.inFlight.ended(attempt.fn.id)
    if (this.#attempt !== attempt || this.#isOver) return
    this.#attempt = undefined
    if (this.#verdict) return this.#finish(this.#verdict)
    if (this.#mayTryAgain(outcome)) {
      this.body.detach()
      return this.#seekLease(attempt.fn)
    }
    if (outcome.k === 'failed' || outcome.k === 'unused') return this.#failed(outcome)
    if (outcome.k === 'done' && !this.reply.isComplete) this.reply.reset('upstream_broken')
    this.#finish(outcome.k)
  }

  // The way.

  get #isOver(): boolean {
    return this.#stage === 'over'
  }

  #seekLease(fn: FunctionSpec): void {
    const { admission } = this.#around
    const lease = admission.take(fn.id)
    if (lease) return this.#open(lease)
    if (fn.onCold !== 'hold' && this.#isShown(fn)) return
    this.#stage = 'held'
    this.body.hold()
    const place = admission.hold(fn.id, this)
    if (isRefusal(place)) return this.refused(place)
    this.#ticket = place
    if (this.head.body !== 'none') this.#watchBlind(fn.hold.timeoutMs)
  }

  /** Shows the waiting page, where that is better than being held. */
  #isShown(fn: FunctionSpec): boolean {
    const { head } = this.#incoming
    const request = { fn, head, waiter: this, requestId: this.account.record.id }
    const cold = this.#attempts === 0 ? coldAnswer(request, this.#around) : undefined
    if (!cold) return false
    if (!cold.answer) this.#refuse(cold.refusal)
    else {
      if (cold.refusal) this.account.failed(cold.refusal.code, cold.refusal.cause)
      this.reply.answer(cold.answer)
      this.#finish(cold.refusal ? 'refused' : 'done')
    }
    return true
  }

  #tellProgress(fn: FunctionSpec): void {
    const over = (): void => this.#finish('done')
    this.#progress = new ProgressStream({ fn, reply: this.reply, around: this.#around, over })
    if (!this.#progress.begin()) this.#refuse({ code: 'GATEWAY_FULL' })
  }

  #open(lease: Lease): void {
    const { contract, inFlight } = this.#around
    this.#stage = 'open'
    // A body that is broken from the start is seen before anybody is connected to for it.
    this.body.hold()
    this.#attempts += 1
    this.account.leased(lease)
    const attempt = new Attempt(this, lease)
    this.#attempt = attempt
    inFlight.began(lease.fn.id)
    try {
      contract.open(attempt, attempt)
    } catch (error) {
      this.crashed(error)
      if (!attempt.isReleased) attempt.release({ k: 'failed', code: 'INTERNAL', sent: true })
    }
  }

  /** Only where no byte of it reached anybody, and the client is still there with all of its body. */
  #mayTryAgain(outcome: Outcome): boolean {
    return (
      wasUnseen(outcome) &&
      this.#attempts < LIMITS.attemptsMax &&
      this.reply.isUnanswered &&
      this.body.isWhole &&
      this.account.ageMs < (this.#fn?.hold.timeoutMs ?? 0)
    )
  }

  #failed(outcome: Outcome & { k: 'failed' | 'unused' }): void {
    const { code, cause } =
      outcome.k === 'failed'
        ? outcome
        : { code: 'INTERNAL' as const, cause: 'the lease was never used' }
    this.account.failed(code, cause)
    if (!this.reply.isComplete) this.reply.fail(code)
    this.#finish('failed')
  }

  #refuse({ code, cause, retryAfterMs }: Refusal): void {
    this.account.failed(code, cause)
    this.reply.fail(code, retryAfterMs)
    this.#finish('refused')
  }

  /** OPTIONS with Max-Forwards: 0 is for the gateway itself (RFC 9110 §7.6.2): it wakes nobody. */
  #answerHere(): void {
    this.reply.short(204)
    this.#finish('done')
  }

  /** Ends it by the gateway's own will: an answer where there is none yet, else a reset. */
  #stop(code: ErrorCode, why: ResetCode, cause?: string): void {
    if (this.#isOver || this.#verdict) return
    this.account.failed(code, cause)
    if (!this.reply.isComplete) this.reply.fail(code)
    else this.#incoming.reply.reset(why)
    this.#end('failed', why)
  }

  #end(verdict: 'gone' | 'failed', why: ResetCode): void {
    this.#verdict ??= verdict
    this.body.detach()
    const ticket = this.#ticket
    this.#ticket = undefined
    if (this.#attempt) return this.#attempt.giveUp(why)
    ticket?.leave(why === 'closing' ? 'closing' : 'gone')
    this.#finish(this.#stage === 'held' && verdict === 'failed' ? 'refused' : verdict)
  }

  /** A client that nobody would see leave may be long gone: it does not keep its place to the end. */
  #watchBlind(holdMs: number): void {
    this.#blindTimer?.cancel()
    this.#blindTimer = this.#around.clock.timer(holdMs * LIMITS.blindHoldShare, () => {
      if (this.#stage === 'held' && this.body.isBlind) this.#stop('HOLD_TIMEOUT', 'timeout')
    })
  }

  #finish(outcome: RequestRecord['outcome']): void {
    if (this.#isOver) return
    this.#stage = 'over'
    this.#timer?.cancel()
    this.#blindTimer?.cancel()
    this.#progress?.close()
    this.body.reset('cancelled')
    this.#over(this)
    this.#around.events.request(this.account.close(outcome, this.body.passed))
  }
}
