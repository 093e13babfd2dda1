/** A function that runs as a child process, with plain settings; test/support/app.mjs unless told otherwise. */

import { fileURLToPath } from 'node:url'
import type { CommandSpec, FunctionSpec } from '../../src/domain/function.ts'
import { functionId, revisionId } from '../../src/domain/ids.ts'

export const APP = fileURLToPath(new URL('app.mjs', import.meta.url))

export function commandFunction(spec: Partial<CommandSpec> = {}): FunctionSpec {
  return {
    id: functionId('app'),
    revision: revisionId('r1'),
    routes: [],
    isDefault: false,
    runtime: 'process',
    spec: {
      k: 'command',
      command: [process.execPath, APP],
      workdir: '/',
      env: {},
      listening: undefined,
      user: undefined,
      ...spec,
    },
    concurrency: 100,
    instances: { min: 0, max: 1 },
    idle: {
      pauseAfterMs: Infinity,
      stopAfterMs: Infinity,
      removeAfterMs: Infinity,
      tunnelAfterMs: Infinity,
    },
    hold: { timeoutMs: 30_000, waiters: 1_000 },
    readiness: { http: undefined, statuses: [100, 499], healthcheck: false, timeoutMs: 20_000 },
    start: { pullTimeoutMs: 60_000, timeoutMs: 20_000 },
    stop: { graceMs: 5_000, drainTimeoutMs: 5_000 },
    scale: { patienceMs: 'auto' },
    select: 'pack',
    rollout: 'overlap',
    timeouts: {
      connectMs: 2_000,
      responseMs: 60_000,
      idleMs: 60_000,
      tunnelMs: Infinity,
      requestMs: Infinity,
    },
  }
}
