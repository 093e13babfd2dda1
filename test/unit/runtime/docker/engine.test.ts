/** Finding an engine and agreeing on a version, without one. */

import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { systemClock } from '../../../../src/lib/clock.ts'
import {
  Engine,
  engineAnswers,
  findEngine,
  negotiate,
} from '../../../../src/runtime/docker/engine.ts'
import type { EngineParts } from '../../../../src/runtime/docker/engine.ts'
import { RuntimeError } from '../../../../src/runtime/runtime.ts'
import { tempDir } from '../../../support/temp-dir.ts'

const partsAt = (path: string): EngineParts => ({
  host: `unix://${path}`,
  env: {},
  home: '/nowhere',
  clock: systemClock,
})

/** An engine that knows its version and is slow at everything else. */
async function fakeEngine(t: Test, version: string): Promise<{ path: string; server: Server }> {
  const path = join(tempDir(t), 'engine.sock')
  const server = createServer((req, res) => {
    if (req.url === '/_ping') return res.setHeader('api-version', version).end('OK')
    if (req.url?.endsWith('/info')) return res.end('{}')
  })
  await new Promise<void>((resolve) => void server.listen(path, resolve))
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  return { path, server }
}

t.test('engine: the older version of both is spoken', async (t) => {
  t.equal(negotiate('1.41'), '1.41')
  t.equal(negotiate('1.99'), '1.47')
  t.equal(negotiate('2.0'), '1.47')
  t.throws(() => negotiate('1.24'), { message: /API 1\.24.*1\.40/ })
})

t.test('engine: when nothing answers it is told what was tried and what to do', async (t) => {
  const home = tempDir(t)
  const parts = { ...partsAt('/'), host: join(home, 'no.sock') }
  await t.rejects(findEngine(parts), {
    name: 'RuntimeError',
    message: /no\.sock \(docker\.host: ENOENT\).*DOCKER_HOST/,
  })
  t.equal(await engineAnswers(parts), false)
})

t.test('engine: one that answers is found with its version', async (t) => {
  const { path } = await fakeEngine(t, '1.43')
  t.match(await findEngine(partsAt(path)), { apiVersion: '1.43', address: { path } })
  t.equal(await engineAnswers(partsAt(path)), true)
})

t.test(
  'engine: a call that takes too long fails as timeout, an aborted one with the reason given',
  async (t) => {
    const { path } = await fakeEngine(t, '1.41')
    const engine = new Engine(partsAt(path))
    t.teardown(() => engine.close())
    const inspect = (ms: number, signal?: AbortSignal) =>
      engine.call({ doing: 'inspect', ms, signal }, (docker, abortSignal) =>
        docker.getContainer('x').inspect({ abortSignal } as object),
      )
    const slow: unknown = await inspect(1).catch((error: unknown) => error)
    t.match(slow, { reason: 'timeout' })
    const gone = new AbortController()
    gone.abort(new Error('gone'))
    await t.rejects(inspect(60_000, gone.signal), { message: 'gone' })
  },
)

t.test('engine: one that hangs up is away, and is looked for anew by the next call', async (t) => {
  const { path, server } = await fakeEngine(t, '1.41')
  const engine = new Engine(partsAt(path))
  t.teardown(() => engine.close())
  const first = await engine.connect()
  const call = engine.call({ doing: 'list', ms: 60_000 }, async (docker, abortSignal) => {
    const listing = docker.listContainers({ abortSignal })
    server.once('request', () => server.closeAllConnections())
    return listing
  })
  const error: unknown = await call.catch((e: unknown) => e)
  t.ok(error instanceof RuntimeError)
  t.match(error, { reason: 'engine_away' })
  t.not(await engine.connect(), first)
})
