/**
 * How often one client may wake functions: a token bucket per address, looked at only where a request would start
 * an instance. Bounded in memory whatever addresses come; a warm request costs nothing here.
 */

import { LIMITS } from '../domain/limits.ts'
import type { Clock } from '../lib/clock.ts'

/** `burst` wakes at once, and as many again in each `perMs`. An infinite burst is no limit. */
export interface WakeRateLimits {
  readonly burst: number
  readonly perMs: number
}

interface Bucket {
  tokens: number
  /** When `tokens` was right, on the monotonic clock. */
  at: number
}

export class WakeRate {
  readonly #clock: Clock
  readonly #limits: WakeRateLimits
  /** The least recently used first. */
  readonly #buckets = new Map<string, Bucket>()

  constructor(clock: Clock, limits: WakeRateLimits) {
    this.#clock = clock
    this.#limits = limits
  }

  /** Addresses remembered. */
  get size(): number {
    return this.#buckets.size
  }

  /** Takes one wake of this client's: 0 when it may, else ms until it may again. */
  take(address: string): number {
    const { burst, perMs } = this.#limits
    if (burst === Infinity) return 0
    const client = clientOf(address)
    const bucket = this.#refilled(client)
    this.#remember(client, bucket)
    if (bucket.tokens < 1) return ((1 - bucket.tokens) * perMs) / burst
    bucket.tokens -= 1
    return 0
  }

  #refilled(client: string): Bucket {
    const { burst, perMs } = this.#limits
    const now = this.#clock.now()
    const known = this.#buckets.get(client)
    if (!known) return { tokens: burst, at: now }
    const tokens = Math.min(burst, known.tokens + ((now - known.at) * burst) / perMs)
    return { tokens, at: now }
  }

  #remember(client: string, bucket: Bucket): void {
    this.#buckets.delete(client)
    this.#buckets.set(client, bucket)
    if (this.#buckets.size <= LIMITS.wakeClientsMax) return
    const [oldest] = this.#buckets.keys()
    this.#buckets.delete(oldest as string)
  }
}

/** An IPv6 network of 64 bits is one client: it has that many addresses to itself (RFC 6177 §2). */
function clientOf(address: string): string {
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('::')
  const groups = head === '' ? [] : head.split(':')
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : groupsOf(tail))
  const whole = [...groups, ...Array<string>(missing).fill('0'), ...(tail ?? '').split(':')]
  return `${whole
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}

/** A dotted end counts as two groups. */
const groupsOf = (tail: string): number => tail.split(':').length + (tail.includes('.') ? 1 : 0)
