/** Function specs for tests: sensible defaults, anything overridden. */

import type { FunctionSpec } from '../../src/domain/function.ts'
import { functionId, revisionId } from '../../src/domain/ids.ts'

type Deep<T> = {
  [K in keyof T]?: T[K] extends readonly unknown[] ? T[K] : T[K] extends object ? Deep<T[K]> : T[K]
}

const DEFAULTS: FunctionSpec = {
  id: functionId('hello'),
  revision: revisionId('r1'),
  routes: [{ host: 'hello.test', path: '/' }],
  isDefault: false,
  runtime: 'process',
  spec: {
    k: 'command',
    command: ['true'],
    workdir: '/',
    env: {},
    listening: undefined,
    user: undefined,
  },
  concurrency: 2,
  instances: { min: 0, max: 1, spare: 0, prepared: 0, spareAt: [] },
  idle: {
    policy: 'fixed',
    pauseAfterMs: 30_000,
    stopAfterMs: 600_000,
    removeAfterMs: 86_400_000,
    tunnelAfterMs: 3_600_000,
  },
  hold: { timeoutMs: 30_000, auto: false, waiters: 10 },
  onCold: 'hold',
  waitingPage: { theme: 'auto', html: undefined },
  readiness: { http: undefined, statuses: [100, 499], healthcheck: false, timeoutMs: 20_000 },
  start: { pullTimeoutMs: 600_000, timeoutMs: 30_000 },
  stop: { graceMs: 10_000, drainTimeoutMs: 30_000 },
  scale: { patienceMs: 1_000 },
  priority: 0,
  select: 'pack',
  rollout: 'overlap',
  timeouts: {
    connectMs: 5_000,
    responseMs: 60_000,
    idleMs: 60_000,
    tunnelMs: 3_600_000,
    requestMs: Infinity,
  },
}

/** A spec with `changes` merged into the defaults. */
export function functionSpec(
  changes: Deep<Omit<FunctionSpec, 'spec'>> & { spec?: FunctionSpec['spec'] } = {},
): FunctionSpec {
  const merged: Record<string, unknown> = { ...DEFAULTS }
  for (const [key, value] of Object.entries(changes)) {
    const before = merged[key]
    const nested =
      typeof value === 'object' && value !== null && !Array.isArray(value) && key !== 'spec'
    merged[key] = nested ? { ...(before as object), ...(value as object) } : value
  }
  return merged as unknown as FunctionSpec
}
