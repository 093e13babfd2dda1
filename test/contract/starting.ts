/** The contract of create and start: what runs, where it is reached, what it is told, and how a failure is named. */

import { RuntimeError } from '../../src/runtime/runtime.ts'
import type { Behaviour } from './subject.ts'

const PROMISED = ['PORT', 'K_SERVICE', 'K_REVISION', 'K_CONFIGURATION']
/** What shells add by themselves. */
const SHELL_OWN = ['PWD', 'OLDPWD', 'SHLVL']
const AT_ONCE = 20

export const STARTING = {
  'create then start gives an endpoint where the app answers': async (t, trial) => {
    const fn = trial.subject.app()
    const ref = await trial.create(fn)
    t.equal(ref.fn, fn.id)
    const running = await trial.start(fn, ref)
    t.match(running.ref, { instance: ref.instance, fn: fn.id })
    t.match(JSON.parse(await trial.get(running, '/')), { service: fn.id, revision: fn.revision })
    await trial.placer.vouch(running, new AbortController().signal)
  },

  'a second start of a running instance gives the same run': async (t, trial) => {
    const fn = trial.subject.app()
    const running = await trial.run(fn)
    t.same(await trial.start(fn, running.ref), running)
  },

  'an aborted start settles, and what it left can be stopped and removed': async (t, trial) => {
    const fn = trial.subject.app()
    for (const early of [true, false]) {
      const ref = await trial.create(fn)
      const abort = new AbortController()
      if (early) abort.abort(new Error('no longer wanted'))
      const starting = trial.start(fn, ref, abort.signal)
      abort.abort(new Error('no longer wanted'))
      const [settled] = await Promise.allSettled([starting])
      const found = await trial.inspect(ref)
      if (settled.status === 'fulfilled') t.match(found, { k: 'present', phase: 'running' })
      await trial.end(ref)
      t.equal((await trial.inspect(ref)).k, 'gone')
    }
  },

  'of two runs of one instance the later one sorts after the earlier': async (t, trial) => {
    const fn = trial.subject.app()
    const first = await trial.run(fn)
    await trial.placer.stop(first.ref, 5_000)
    if (!trial.placer.can.keepStopped) await trial.placer.remove(first.ref)
    const again = trial.placer.can.keepStopped
      ? first.ref
      : await trial.create(fn, first.ref.instance)
    const second = await trial.start(fn, again)
    t.ok(second.run > first.run, `${second.run} > ${first.run}`)
    t.match(JSON.parse(await trial.get(second, '/')), { requests: 1 })
  },

  'PORT, K_SERVICE, K_REVISION, K_CONFIGURATION and what is configured arrive': async (
    t,
    trial,
  ) => {
    const greeting = 'two words, $HOME, "quotes" and\na second line'
    const fn = trial.subject.app({ GREETING: greeting, EMPTY: '' })
    const names = [...PROMISED, 'GREETING', 'EMPTY'].join(',')
    const env = JSON.parse(await trial.get(await trial.run(fn), `/env?names=${names}`))
    t.match(env.PORT, /^\d+$/)
    t.match(env, { GREETING: greeting, EMPTY: '' })
    t.match(env, { K_SERVICE: fn.id, K_REVISION: fn.revision, K_CONFIGURATION: fn.id })
  },

  'nothing else of the gateway’s environment leaks into an instance': async (t, trial) => {
    process.env['COLDFRONT_TEST_LEAK'] = 'leaked'
    t.teardown(() => delete process.env['COLDFRONT_TEST_LEAK'])
    const running = await trial.run(trial.subject.app())
    const own = [...Object.keys(process.env), ...SHELL_OWN]
    const known = new Set([...PROMISED, ...trial.subject.environment])
    const strange = own.filter((name) => !known.has(name))
    const seen = JSON.parse(await trial.get(running, `/env?names=${strange.join(',')}`))
    t.same(
      strange.filter((name) => seen[name] !== null),
      [],
    )
  },

  'what exits at once is told as exited, with its last lines': async (t, trial) => {
    const fn = trial.subject.app({ EXIT_AT_ONCE: '3' })
    const log = await trial.watch(t, [fn])
    const ref = await trial.create(fn)
    try {
      await trial.start(fn, ref)
      const { exit } = await log.phase(ref.instance, 'exited')
      t.equal(exit?.code, 3)
      t.equal(exit?.log.at(-1), 'exits at once with 3')
    } catch (error) {
      t.match(error, { name: 'RuntimeError', reason: 'exited' })
      t.ok((error as RuntimeError).log.includes('exits at once with 3'))
    }
  },

  'a missing command or image is told as that, by name': async (t, trial) => {
    const { fn, reason } = trial.subject.missing
    const starting = (async () => trial.start(fn, await trial.create(fn)))()
    const error = await starting.then(
      () => undefined,
      (e: unknown) => e,
    )
    t.ok(error instanceof RuntimeError)
    t.match(error, { reason })
  },

  'twenty instances at once are twenty runs at twenty endpoints': async (t, trial) => {
    const fn = trial.subject.app()
    const all = await Promise.all(Array.from({ length: AT_ONCE }, () => trial.run(fn)))
    t.equal(new Set(all.map((r) => r.run)).size, AT_ONCE)
    t.equal(new Set(all.map((r) => JSON.stringify(r.endpoint))).size, AT_ONCE)
    const answers = await Promise.all(all.map((r) => trial.get(r, '/')))
    t.same(
      answers.map((text) => JSON.parse(text).requests),
      all.map(() => 2),
    )
  },
} satisfies Record<string, Behaviour>
