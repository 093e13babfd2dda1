/** The contract of stop, remove, inspect and logs. */

import type { Exit } from '../../src/runtime/runtime.ts'
import { LIMITS } from '../../src/domain/limits.ts'
import type { Behaviour } from './subject.ts'

/** Engines tell a kill as code 137 (128 + SIGKILL), the kernel as a signal. */
const wasKilled = (exit: Exit): boolean => exit.signal === 'SIGKILL' || exit.code === 137

export const ENDING = {
  'stop delivers SIGTERM, and tells code and last lines': async (t, trial) => {
    const running = await trial.run(trial.subject.app())
    const exit = await trial.placer.stop(running.ref, 5_000)
    t.match(exit, { code: 0, signal: undefined, oomKilled: false })
    t.ok(exit.log.includes('got SIGTERM'))
  },

  'stop kills what outlives the grace': async (t, trial) => {
    const running = await trial.run(trial.subject.app({ IGNORE_TERM: '1' }))
    const exit = await trial.placer.stop(running.ref, 1_000)
    t.ok(wasKilled(exit), JSON.stringify(exit))
    t.ok(exit.log.includes('got SIGTERM'), 'SIGTERM came first')
    const found = await trial.inspect(running.ref)
    t.ok(found.k === 'gone' || found.phase === 'exited')
  },

  'stop of a stopped one resolves': async (t, trial) => {
    const running = await trial.run(trial.subject.app())
    await trial.placer.stop(running.ref, 5_000)
    await t.resolves(trial.placer.stop(running.ref, 5_000))
  },

  'stop of one that was never started resolves': async (t, trial) => {
    const ref = await trial.create(trial.subject.app())
    await t.resolves(trial.placer.stop(ref, 5_000))
  },

  'remove is idempotent, and takes the instance out of the world': async (t, trial) => {
    const running = await trial.run(trial.subject.app())
    await trial.placer.stop(running.ref, 5_000)
    await trial.placer.remove(running.ref)
    await t.resolves(trial.placer.remove(running.ref))
    t.equal((await trial.inspect(running.ref)).k, 'gone')
  },

  'inspect tells the truth at every step': async (t, trial) => {
    const { placer } = trial
    const fn = trial.subject.app()
    const ref = await trial.create(fn)
    const fresh = await trial.inspect(ref)
    // A process that was not started does not exist; a container does.
    if (fresh.k === 'present') t.match(fresh, { phase: 'created', run: '' })
    const running = await trial.start(fn, ref)
    await trial.get(running, '/')
    t.match(await trial.inspect(ref), { phase: 'running', run: running.run, running })
    t.match(await trial.inspect(ref), { revision: fn.revision, ref: { instance: ref.instance } })
    await placer.stop(ref, 5_000)
    const stopped = await trial.inspect(ref)
    if (placer.can.keepStopped) t.match(stopped, { phase: 'exited', exit: { code: 0 } })
    else t.equal(stopped.k, 'gone')
  },

  'logs are the last lines, bounded in number and length': async (t, trial) => {
    const running = await trial.run(trial.subject.app())
    for (let n = 1; n <= LIMITS.logTailLines + 5; n += 1)
      await trial.get(running, `/print?line=line+${n}`)
    await trial.get(running, `/print?line=${'x'.repeat(LIMITS.logLineBytes + 10)}`)
    await trial.get(running, '/print?line=last')
    const lines = await trial.logsUntil(running.ref, 'last')
    t.equal(lines.at(-1), 'last')
    t.ok(lines.length <= LIMITS.logTailLines, `${lines.length} lines`)
    t.ok(lines.every((line) => line.length <= LIMITS.logLineBytes))
  },

  'logs of what does not exist are empty': async (t, trial) => {
    const running = await trial.run(trial.subject.app())
    await trial.end(running.ref)
    t.same(await trial.placer.logs(running.ref), [])
  },

  'an existing container is started and stopped, and never removed': async (t, trial) => {
    const { placer, subject } = trial
    if (!subject.existing) throw new Error('leave this out by `skip`, or give `existing`')
    const fn = await subject.existing()
    const first = await trial.run(fn)
    await placer.stop(first.ref, 5_000)
    await placer.remove(first.ref)
    t.match(await trial.inspect(first.ref), { k: 'present', phase: 'exited' })
    const second = await trial.start(fn, first.ref)
    await trial.get(second, '/')
    t.ok(second.run > first.run)
  },
} satisfies Record<string, Behaviour>
