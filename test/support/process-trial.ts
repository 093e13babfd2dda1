/** A process runtime for one test, which ends everything it started. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { CommandSpec } from '../../src/domain/function.ts'
import { instanceId } from '../../src/domain/ids.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { ProcessRuntime } from '../../src/runtime/process/runtime.ts'
import type { Fact, InstanceRef, Running } from '../../src/runtime/runtime.ts'
import { Events, type TelemetryEvent } from '../../src/telemetry/events.ts'
import { commandFunction } from './command-function.ts'
import { FactLog } from './fact-log.ts'

export const never = new AbortController().signal

export interface ProcessTrial {
  readonly runtime: ProcessRuntime
  readonly runDir: string
  readonly facts: FactLog
  readonly seen: TelemetryEvent[]
  /** Starts a new instance of a command, the test app unless told otherwise. */
  start(spec?: Partial<CommandSpec>): Promise<Running>
  /** Resolves with all lines that the instance has printed when one of them is `line`. */
  printed(running: Running, line: string | RegExp): Promise<string[]>
}

export async function processTrial(t: Test): Promise<ProcessTrial> {
  const runDir = await mkdtemp(join(tmpdir(), 'coldfront-'))
  const events = new Events()
  const seen: TelemetryEvent[] = []
  const looks = new Set<() => void>()
  events.subscribe({
    event: (e) => {
      seen.push(e)
      for (const look of looks) look()
    },
  })
  const runtime = new ProcessRuntime({ clock: systemClock, events, baseEnv: process.env, runDir })
  const facts = new FactLog()
  const refs: InstanceRef[] = []
  const watch = runtime.watch(
    'test' as never,
    () => [],
    (fact: Fact) => facts.sink(fact),
  )
  t.teardown(async () => {
    await Promise.all(refs.map((ref) => runtime.stop(ref, 0)))
    watch.close()
    await runtime.close()
    await rm(runDir, { recursive: true, force: true })
  })
  await facts.synced()
  return {
    runtime,
    runDir,
    facts,
    seen,
    async start(spec = {}) {
      const fn = commandFunction(spec)
      const ref = await runtime.create(fn, instanceId(`i${refs.length + 1}`), never)
      refs.push(ref)
      return runtime.start(fn, ref, never)
    },
    printed: ({ ref }, line) =>
      new Promise((resolve) => {
        const look = () => {
          const lines = seen.flatMap((e) =>
            e.k === 'output' && e.instance === ref.instance ? [e.line] : [],
          )
          if (!lines.some((l) => (typeof line === 'string' ? l === line : line.test(l)))) return
          looks.delete(look)
          resolve(lines)
        }
        looks.add(look)
        look()
      }),
  }
}

/** The leader of the run's process group. */
export const pidOf = (running: Running): number => Number(running.run.split('/')[1])

const GONE_MAX_MS = 20_000
const GONE_STEP_MS = 10

/** Resolves when no process of the group is left. */
export async function groupGone(pid: number): Promise<void> {
  const giveUp = performance.now() + GONE_MAX_MS
  while (groupLives(pid)) {
    if (performance.now() > giveUp) throw new Error(`group ${pid} still lives`)
    await new Promise((resolve) => {
      setTimeout(resolve, GONE_STEP_MS)
    })
  }
}

function groupLives(pid: number): boolean {
  try {
    process.kill(-pid, 0)
    return true
  } catch {
    return false
  }
}
