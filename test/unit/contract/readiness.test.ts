import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import t, { type Test } from 'tap'

import { HttpContract } from '../../../src/contract/http.ts'
import { probeStep } from '../../../src/contract/readiness.ts'
import type { Endpoint } from '../../../src/domain/endpoint.ts'
import type { Readiness } from '../../../src/domain/function.ts'
import { functionId, instanceId, runId } from '../../../src/domain/ids.ts'
import { systemClock } from '../../../src/lib/clock.ts'
import type { Running } from '../../../src/runtime/runtime.ts'
import { rawUpstream } from '../../support/raw-upstream.ts'
import { plainFunction, ScriptedExchange, ScriptedLease } from '../../support/scripted-exchange.ts'

const running = (endpoint: Endpoint, accepts: Running['accepts'] = 'app'): Running => ({
  ref: { instance: instanceId('i1'), fn: functionId('hello'), handle: 'h1' },
  run: runId('1', 'run-1'),
  endpoint,
  accepts,
})

const contract = new HttpContract(systemClock)

/** Starts a probe that ends with the test. */
function ready(t: Test, instance: Running, readiness: Partial<Readiness> = {}) {
  const abort = new AbortController()
  t.teardown(() => abort.abort(new Error('the test is over')))
  const fn = plainFunction({ readiness })
  const report = contract.ready(instance, fn, abort.signal)
  report.catch(() => {})
  return { abort, report }
}

/** A port where nothing listens: one that was free a moment ago. */
async function freePort(t: Test): Promise<number> {
  const upstream = await rawUpstream(t)
  await upstream.close()
  return upstream.port
}

t.test('readiness: steps are 2 % of the wait, between 1 and 25 ms', async (t) => {
  t.equal(probeStep(0), 1)
  t.equal(probeStep(50), 1)
  t.equal(probeStep(500), 10)
  t.equal(probeStep(60_000), 25)
})

t.test('readiness: an accepted connection is enough, and the run ends it with FIN', async (t) => {
  const upstream = await rawUpstream(t)
  const instance = running(upstream.endpoint)
  const { report } = ready(t, instance)
  t.same(await report, { attempts: 1, slackMs: 0 })
  contract.close(instance.run, 'all')
  t.equal(await (await upstream.accept()).ended(), 'fin')
  t.equal(upstream.accepted, 1)
})

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'

for (const method of ['GET', 'POST']) {
  t.test(`readiness: the first ${method} goes out on the accepted connection`, async (t) => {
    const upstream = await rawUpstream(t)
    const { run, endpoint } = running(upstream.endpoint)
    await ready(t, running(endpoint)).report
    const app = await upstream.accept()
    const lease = new ScriptedLease({ endpoint })
    contract.open(lease, new ScriptedExchange({ head: { method } }))
    await app.message()
    app.send(OK)
    t.same(await lease.released, { k: 'done' })
    t.equal(upstream.accepted, 1)
    contract.close(run, 'all')
  })
}

t.test('readiness: bytes that nobody asked for end the accepted connection', async (t) => {
  const upstream = await rawUpstream(t)
  const { run, endpoint } = running(upstream.endpoint)
  await ready(t, running(endpoint)).report
  const first = await upstream.accept()
  first.send(OK)
  await first.ended()
  const lease = new ScriptedLease({ endpoint })
  contract.open(lease, new ScriptedExchange({}))
  const second = await upstream.accept()
  await second.message()
  second.send(OK)
  t.same(await lease.released, { k: 'done' })
  contract.close(run, 'all')
})

t.test(
  'readiness: a GET on an accepted connection that the app gave up is sent again',
  async (t) => {
    const upstream = await rawUpstream(t)
    const { run, endpoint } = running(upstream.endpoint)
    await ready(t, running(endpoint)).report
    const first = await upstream.accept()
    const lease = new ScriptedLease({ endpoint })
    contract.open(lease, new ScriptedExchange({}))
    await first.message()
    first.reset()
    const second = await upstream.accept()
    await second.message()
    second.send(OK)
    t.same(await lease.released, { k: 'done' })
    contract.close(run, 'all')
  },
)

t.test('readiness: refused means not yet, and the slack is told', async (t) => {
  const port = await freePort(t)
  const { report } = ready(t, running({ k: 'tcp', host: '127.0.0.1', port, proto: 'h1' }))
  await rawUpstream(t, { port })
  const { attempts, slackMs } = await report
  t.ok(attempts > 1)
  t.ok(slackMs > 0)
})

t.test('readiness: a unix socket that is not there yet', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'ready-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  const path = join(dir, 'app.sock')
  const { report } = ready(t, running({ k: 'unix', path, proto: 'h1' }))
  await rawUpstream(t, { path })
  t.ok((await report).attempts >= 1)
})

t.test('readiness: rejects with the reason of the signal only', async (t) => {
  const port = await freePort(t)
  const { abort, report } = ready(t, running({ k: 'tcp', host: '127.0.0.1', port, proto: 'h1' }))
  const reason = new Error('deadline')
  abort.abort(reason)
  await t.rejects(report, reason)
})

t.test(
  'readiness: an HTTP probe asks with the first host and takes the statuses it is told',
  async (t) => {
    const upstream = await rawUpstream(t)
    const { report } = ready(t, running(upstream.endpoint), {
      http: '/healthz',
      statuses: [200, 299],
    })

    const first = await upstream.accept()
    const asked = await first.head()
    t.equal(asked.start, 'GET /healthz HTTP/1.1')
    t.ok(asked.lines.includes('Host: hello.test'))
    first.send('HTTP/1.1 503 Not Yet\r\ncontent-length: 0\r\n\r\n')

    const second = await upstream.accept()
    await second.head()
    second.reset()

    const third = await upstream.accept()
    await third.head()
    third.send('HTTP/1.')
    third.send('1 204 No Content\r\n\r\n')
    t.equal((await report).attempts, 3)
  },
)

t.test('readiness: an answer that is no HTTP is not yet', async (t) => {
  const upstream = await rawUpstream(t)
  const { report } = ready(t, running(upstream.endpoint), { http: '/' })
  ;(await upstream.accept()).send('SSH-2.0-OpenSSH\r\n')
  ;(await upstream.accept()).send('HTTP/1.1 401 Unauthorized\r\n')
  t.equal((await report).attempts, 2)
})

t.test('readiness: whoever was refused once meets the app, and no proxy', async (t) => {
  const port = await freePort(t)
  const endpoint: Endpoint = { k: 'tcp', host: '127.0.0.1', port, proto: 'h1' }
  const instance = running(endpoint, 'proxy')
  const { report } = ready(t, instance)
  const upstream = await rawUpstream(t, { port })
  t.ok((await report).attempts > 1)
  const lease = new ScriptedLease({ endpoint })
  contract.open(lease, new ScriptedExchange({}))
  const app = await upstream.accept()
  await app.message()
  app.send(OK)
  t.same(await lease.released, { k: 'done' })
  t.equal(upstream.accepted, 1, 'the accepted connection is the one that is used')
  contract.close(instance.run, 'all')
})

t.test(
  'readiness: where a proxy accepts, a connection that is closed at once is not yet',
  async (t) => {
    const upstream = await rawUpstream(t)
    const { report } = ready(t, running(upstream.endpoint, 'proxy'))
    ;(await upstream.accept()).end()
    ;(await upstream.accept()).reset()
    const kept = await upstream.accept()
    t.equal((await report).attempts, 3)
    t.equal(await kept.ended(), 'fin')
  },
)
