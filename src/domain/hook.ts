/** Hooks: addresses that are told of events. What a hook may be told of, by name. */

/** Every kind of event; docs/EVENTS.md says what each means. */
export const EVENT_KINDS = [
  'woke',
  'held',
  'released',
  'suppressed',
  'refused',
  'state',
  'pull',
  'started',
  'probed',
  'resumed',
  'ready',
  'paused',
  'stopped',
  'failed',
  'alarm',
  'listening',
  'reloaded',
  'reload_failed',
  'runtime',
  'closing',
  'notice',
] as const

export type EventKind = (typeof EVENT_KINDS)[number]

export interface HookSpec {
  readonly url: string
  readonly events: readonly EventKind[]
  /** Signs what is sent; never shown anywhere. */
  readonly secret: string | undefined
}
