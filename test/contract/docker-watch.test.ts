/** Watching the engine: what is ours and what is not, an engine that goes away, and no look that is not needed. */

import t from 'tap'
import type { Fact } from '../../src/runtime/runtime.ts'
import { ask } from '../support/ask.ts'
import { containerFunction, imageFunction } from '../support/docker-subject.ts'
import { dockerTrial, signal } from '../support/docker-trial.ts'
import { engineOrSkip } from '../support/engine.ts'
import { labelled } from '../support/labelled.ts'

const engine = await engineOrSkip(t)
if (engine) {
  const { docker, labels } = engine
  const image = await engine.image('busybox')
  const fn = imageFunction({ image, labels })

  t.test('docker: a cold start is three calls, and its facts need no others', async (t) => {
    const { placer, create, watching, filter } = await dockerTrial(t, engine)
    const log = await watching([fn])
    await placer.prepare(fn, signal())
    const before = filter.seen.length
    const ref = await create(fn)
    await placer.start(fn, ref, signal())
    t.same(filter.seen.slice(before), [
      'POST /containers/create',
      'POST /containers/*/start',
      'GET /containers/*/json',
    ])
    t.same(log.words(), ['synced', 'created', 'running'])
  })

  t.test('docker: a thaw is one call, and its fact comes after it', async (t) => {
    const { placer, run, watching, filter } = await dockerTrial(t, engine)
    const running = await run(fn)
    const log = await watching([fn])
    await placer.pause(running)
    const [before, told] = [filter.seen.length, log.facts.length]
    t.same(await placer.resume(running), running)
    t.equal(filter.seen[before], 'POST /containers/*/unpause')
    await log.phase(running.ref.instance, 'running', told)
    t.notOk(log.words().slice(told).includes('paused'))
  })

  t.test(
    'docker: a second gateway process with the same key takes over what the first one left',
    async (t) => {
      const first = await dockerTrial(t, engine)
      const running = await first.run(fn)
      const { owner, key } = first.parts
      const second = await dockerTrial(t, engine, { owner, key })
      const log = await second.watching([])
      t.match(log.facts[0], { k: 'present', phase: 'running', run: running.run, running })
    },
  )

  t.test(
    'docker: what is unsigned, altered or signed with another key is never reported',
    async (t) => {
      const { owner, key, watching, create } = await dockerTrial(t, engine)
      const about = { role: 'instance', owner, key, fn } as const
      const { forged } = labelled(about, { 'coldfront.function': 'other' })
      for (const extra of forged) {
        await docker.createContainer({ Image: image, Labels: { ...labels, ...extra } })
      }
      const own = await create(fn)
      const log = await watching([fn])
      t.same(
        log.facts.flatMap((f) => (f.k === 'present' ? f.ref.handle : [])),
        [own.handle],
      )
    },
  )

  t.test(
    'docker: an engine that goes away is lost once, and told anew when it is back',
    async (t) => {
      const { filter, run, watching } = await dockerTrial(t, engine)
      const log = await watching([fn])
      const { ref } = await run(fn)
      await filter.cut()
      await log.until('lost', (f) => f.k === 'lost')
      await docker.getContainer(ref.handle).kill()
      const before = log.facts.length
      await filter.listen()
      await log.phase(ref.instance, 'exited', before)
      await log.until(
        'synced again',
        (f: Fact) => f.k === 'synced' && log.facts.indexOf(f) >= before,
      )
      // The event is replayed and the list tells it too: which comes first is the engine's, and a fact may be told twice.
      const words = log.words().filter((word, at, all) => word !== all[at - 1])
      t.same(words, ['synced', 'created', 'running', 'lost', 'exited', 'synced'])
    },
  )

  t.test(
    'docker: what was removed while the engine was away is gone when it is back',
    async (t) => {
      const { filter, run, watching } = await dockerTrial(t, engine)
      const log = await watching([fn])
      const { ref } = await run(fn)
      await filter.cut()
      await docker.getContainer(ref.handle).remove({ force: true })
      await filter.listen()
      await log.until('gone', (f) => f.k === 'gone' && f.ref.instance === ref.instance)
    },
  )

  t.test(
    'docker: with no engine the watch says lost and commands say that it is away',
    async (t) => {
      const { filter, placer, owner } = await dockerTrial(t, engine)
      await filter.cut()
      const lost = Promise.withResolvers<Fact>()
      placer.watch(owner, () => [], lost.resolve)
      t.match(await lost.promise, { k: 'lost', cause: { message: /no Docker engine answers/ } })
      await t.rejects(placer.prepare(fn, signal()), {
        name: 'RuntimeError',
        message: /no Docker engine/,
      })
      await filter.listen()
    },
  )

  t.test(
    'docker: an existing container is watched by its name, also when it is made anew',
    async (t) => {
      const { watching } = await dockerTrial(t, engine)
      const name = `coldfront-test-${process.pid}-anew`
      const existing = containerFunction({ container: name })
      const make = () => docker.createContainer({ name, Image: image, Labels: { ...labels } })
      const first = await make()
      const log = await watching([existing])
      t.match(log.facts[0], { k: 'present', phase: 'created', ref: { handle: first.id } })
      const instance = log.facts[0]?.k === 'present' ? log.facts[0].ref.instance : ''
      await first.start()
      await log.phase(instance, 'running')
      await first.remove({ force: true })
      await log.until('gone', (f) => f.k === 'gone')
      const before = log.facts.length
      const second = await make()
      await second.start()
      t.equal((await log.phase(instance, 'running', before)).ref.handle, second.id)
      await second.rename({ name: `${name}-old` })
      await log.until('gone again', (f) => f.k === 'gone' && log.facts.indexOf(f) >= before)
    },
  )

  t.test('docker: the lines that an instance prints become events', async (t) => {
    const { run, watching, events } = await dockerTrial(t, engine)
    const node = imageFunction({ image: await engine.image('node'), labels })
    const printed = Promise.withResolvers<void>()
    const lines: string[] = []
    events.subscribe({
      event(e) {
        if (e.k !== 'output') return
        lines.push(e.line)
        if (e.line === 'hello there') printed.resolve()
      },
    })
    await watching([node])
    const running = await run(node)
    await ask(running.endpoint, '/print?line=hello+there')
    await printed.promise
    t.match(lines, [/^pid \d+ begins$/, 'listening on 8080', 'hello there'])
  })

  t.test(
    'docker: the image’s own health check is waited for where the function asks',
    async (t) => {
      const { placer, watching, create } = await dockerTrial(t, engine)
      const checked = await engine.image('checked')
      const asks = imageFunction({ image: checked, labels })
      const patient = { ...asks, readiness: { ...asks.readiness, healthcheck: true } }
      await watching([patient])
      const running = await placer.start(patient, await create(patient), signal())
      await placer.vouch(running, signal())
      const info = await docker.getContainer(running.ref.handle).inspect()
      t.equal(info.State.Health?.Status, 'healthy')
    },
  )
}
