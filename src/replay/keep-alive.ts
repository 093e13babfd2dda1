/** Keep-alive policies: how long a function stays loaded when it is idle, by what was seen of it so far. */

import { IdlePolicy } from '../domain/idle-policy.ts'
import { parseDuration } from '../lib/duration.ts'

/** Both counted from the moment the function fell idle, in ms. With `prewarmMs` it is unloaded until then. */
export interface Windows {
  readonly prewarmMs: number
  readonly keepAliveMs: number
}

/** Of one function. */
export interface KeepAlive {
  windows(): Windows
  observe(idleMs: number): void
}

export interface PolicyRow {
  /** As the operator wrote it. */
  readonly name: string
  readonly make: () => KeepAlive
}

/** `fixed:5m`, `fixed:never`, `hybrid`, `hybrid:10m`; undefined when the text is no policy. */
export function parsePolicy(name: string): PolicyRow | undefined {
  const [kind, text, ...rest] = name.split(':')
  const ms = text === undefined ? undefined : parseDuration(text)
  if (rest.length > 0 || (text !== undefined && ms === undefined)) return undefined
  if (kind === 'fixed' && ms !== undefined) {
    const windows = { prewarmMs: 0, keepAliveMs: ms }
    const fixed: KeepAlive = { windows: () => windows, observe: () => undefined }
    return { name, make: () => fixed }
  }
  // The time after it is what the policy keeps to while it has learnt nothing.
  const parts = ms === undefined ? {} : { standardMs: ms }
  return kind === 'hybrid' ? { name, make: () => new IdlePolicy(parts) } : undefined
}
