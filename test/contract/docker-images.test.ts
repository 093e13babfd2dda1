/** Pulling: by policy, once for all who wait, with credentials, cancelled when nobody waits, and told as it goes. */

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import type { ImageSpec } from '../../src/domain/function.ts'
import type { TelemetryEvent } from '../../src/telemetry/events.ts'
import { dockerSubject, imageFunction } from '../support/docker-subject.ts'
import type { DockerSubject } from '../support/docker-subject.ts'
import { engineOrSkip } from '../support/engine.ts'
import type { TestEngine } from '../support/engine.ts'
import { testRegistry } from '../support/registry.ts'
import type { RegistryParts, TestRegistry } from '../support/registry.ts'

const signal = (): AbortSignal => new AbortController().signal

const REASON = {
  missing: { name: 'RuntimeError', reason: 'image_missing' },
  failed: { name: 'RuntimeError', reason: 'pull_failed' },
}

interface Scene {
  readonly subject: DockerSubject
  readonly registry: TestRegistry
  readonly image: string
  readonly messages: string[]
  fn(pull: ImageSpec['pull']): ReturnType<typeof imageFunction>
}

async function scene(t: Test, engine: TestEngine, parts: RegistryParts = {}): Promise<Scene> {
  const subject = await dockerSubject(engine)
  const registry = await testRegistry(parts)
  const image = `${registry.host}/app:latest`
  const messages: string[] = []
  subject.events.subscribe({
    event: (e: TelemetryEvent) => {
      if (e.k === 'pull') messages.push(e.message)
    },
  })
  t.teardown(async () => {
    await subject.close()
    await registry.close()
    await engine.docker
      .getImage(image)
      .remove()
      .catch(() => undefined)
  })
  return { subject, registry, image, messages, fn: (pull) => imageFunction({ image, pull }) }
}

const engine = await engineOrSkip(t)
if (engine) {
  t.test('pull: missing fetches once, and then knows that the image is there', async (t) => {
    const { subject, registry, fn, messages } = await scene(t, engine)
    await subject.placer.prepare(fn('missing'), signal())
    await subject.placer.prepare(fn('missing'), signal())
    t.equal(registry.pulls(), 1)
    const looks = subject.filter.seen.filter((call) => call === 'GET /images/*/json')
    t.equal(looks.length, 2, 'before the pull and after it')
    t.same([messages[0], messages.at(-1)], ['pulling', 'pulled'])
  })

  t.test('pull: always asks the registry every time', async (t) => {
    const { subject, registry, fn } = await scene(t, engine)
    await subject.placer.prepare(fn('always'), signal())
    await subject.placer.prepare(fn('always'), signal())
    t.equal(registry.pulls(), 2)
  })

  t.test('pull: never is told as a missing image, with advice, and asks no registry', async (t) => {
    const { subject, registry, image, fn } = await scene(t, engine)
    const refused = subject.placer.prepare(fn('never'), signal())
    await t.rejects(refused, {
      reason: 'image_missing',
      message: new RegExp(`${image}.*pull: missing`),
    })
    t.equal(registry.pulls(), 0)
  })

  t.test('pull: an image that no registry has is a missing image', async (t) => {
    const { subject, registry } = await scene(t, engine)
    const fn = imageFunction({ image: `${registry.host}/unknown:latest`, pull: 'missing' })
    await t.rejects(subject.placer.prepare(fn, signal()), REASON.missing)
  })

  t.test('pull: a registry that does not answer is a failed pull', async (t) => {
    const { subject, registry, fn } = await scene(t, engine)
    await registry.close()
    await t.rejects(subject.placer.prepare(fn('missing'), signal()), REASON.failed)
  })

  t.test(
    'pull: many callers share one, and one that leaves does not disturb the others',
    async (t) => {
      const gate = Promise.withResolvers<void>()
      const { subject, registry, fn } = await scene(t, engine, { release: gate.promise })
      const leaver = new AbortController()
      const left = subject.placer.prepare(fn('always'), leaver.signal)
      const others = [1, 2, 3].map(() => subject.placer.prepare(fn('always'), signal()))
      await registry.layerAsked
      leaver.abort(new Error('gone'))
      await t.rejects(left, { message: 'gone' })
      gate.resolve()
      await Promise.all(others)
      t.equal(registry.pulls(), 1)
    },
  )

  t.test('pull: it is cancelled at the engine when the last caller has left', async (t) => {
    const { subject, registry, fn } = await scene(t, engine, {
      release: new Promise(() => undefined),
    })
    const leavers = [new AbortController(), new AbortController()]
    const left = leavers.map((leaver) => subject.placer.prepare(fn('missing'), leaver.signal))
    await registry.layerAsked
    const over = subject.filter.over('POST /images/create')
    for (const leaver of leavers) leaver.abort(new Error('gone'))
    t.same(
      (await Promise.allSettled(left)).map((r) => r.status),
      ['rejected', 'rejected'],
    )
    await over
  })

  t.test('pull: credentials come from the docker client’s config.json', async (t) => {
    const { subject, registry, fn } = await scene(t, engine, { login: 'ann:se:cret' })
    await t.rejects(subject.placer.prepare(fn('missing'), signal()), { name: 'RuntimeError' })
    const dir = join(subject.parts.home, '.docker')
    await mkdir(dir)
    const auth = Buffer.from('ann:se:cret').toString('base64')
    await writeFile(
      join(dir, 'config.json'),
      JSON.stringify({ auths: { [registry.host]: { auth } } }),
    )
    await subject.placer.prepare(fn('missing'), signal())
    t.equal(registry.pulls(), 1)
  })
}
