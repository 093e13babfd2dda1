/**
 * A gateway that waits for its `kill -9`. The first argument says what it is doing then; it prints the groups of what
 * it has started as one line of JSON. The second argument is a directory to write to.
 */

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { instanceId } from '../../src/domain/ids.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { spawnGated } from '../../src/runtime/process/gate.ts'
import { hasProc } from '../../src/runtime/process/proc.ts'
import { Reaper } from '../../src/runtime/process/reaper.ts'
import { ProcessRuntime } from '../../src/runtime/process/runtime.ts'
import { Events } from '../../src/telemetry/events.ts'
import { ask } from './ask.ts'
import { commandFunction } from './command-function.ts'

const [mode = '', dir = ''] = process.argv.slice(2)
const { signal } = new AbortController()

const MODES: Record<string, () => Promise<number[]>> = {
  /** Two instances that ignore SIGTERM, the second one paused, the first one with a child. */
  async serving() {
    const parts = { clock: systemClock, events: new Events(), baseEnv: process.env, runDir: dir }
    const runtime = new ProcessRuntime(parts)
    const app = commandFunction({ env: { IGNORE_TERM: '1' } })
    const [node, file] = app.spec.k === 'command' ? app.spec.command : []
    const forked = ['/bin/sh', '-c', `trap '' TERM; ${node} ${file} & wait`] as const
    const family = commandFunction({ command: forked, env: { IGNORE_TERM: '1' } })
    const pids: number[] = []
    for (const fn of [family, app]) {
      const ref = await runtime.create(fn, instanceId(`i${pids.length}`), signal)
      const running = await runtime.start(fn, ref, signal)
      pids.push(Number(running.run.split('/')[1]))
      await ask(running.endpoint, '/')
      if (fn === app) await runtime.pause(running)
    }
    return pids
  },

  /** A command that waits at its gate. */
  async gated() {
    const command = ['touch', join(dir, 'ran')] as const
    const env = { PATH: process.env['PATH'] ?? '' }
    const gated = await spawnGated({ command, workdir: '/', env, uid: undefined, gid: undefined })
    return [gated.pid]
  },

  /** A reaper that was killed and started again, and has been told to end by every signal that it can ignore. */
  async reaped() {
    const reaper = new Reaper(systemClock, () => {})
    const { pid = 0 } = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' })
    await reaper.add(pid)
    const first = reaper.pid ?? 0
    process.kill(first, 'SIGKILL')
    const second = await another(reaper, first)
    await until(() => ignoresSignals(second))
    for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.kill(second, name)
    return [pid]
  },
}

/** The process id of the reaper's next shell. */
async function another(reaper: Reaper, first: number): Promise<number> {
  await until(() => reaper.pid !== undefined && reaper.pid !== first)
  return reaper.pid ?? 0
}

/** Whether its script has got as far as its trap; where that cannot be seen it is taken for granted. */
const ignoresSignals = (pid: number): boolean =>
  !hasProc || /^SigIgn:\s*0*[1-9a-f]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))

/** Nothing tells of these things, so they are looked for. */
async function until(seen: () => boolean): Promise<void> {
  while (!seen())
    await new Promise((resolve) => {
      setTimeout(resolve, 10)
    })
}

const pids = await MODES[mode]?.()
process.stdout.write(`${JSON.stringify(pids)}\n`)
setInterval(() => {}, 60_000)
