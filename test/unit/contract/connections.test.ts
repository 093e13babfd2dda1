import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import t, { type Test } from 'tap'

import { HttpContract } from '../../../src/contract/http.ts'
import { instanceId } from '../../../src/domain/ids.ts'
import { LIMITS } from '../../../src/domain/limits.ts'
import { systemClock } from '../../../src/lib/clock.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { rawUpstream } from '../../support/raw-upstream.ts'
import {
  type ExchangeScript,
  type LeaseScript,
  ScriptedExchange,
  ScriptedLease,
  plainFunction,
} from '../../support/scripted-exchange.ts'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'

async function scene(t: Test, { clock = systemClock, path = '' } = {}) {
  const upstream = await rawUpstream(t, path === '' ? {} : { path })
  const contract = new HttpContract(clock)
  const open = (script: ExchangeScript = {}, over: Partial<LeaseScript> = {}) => {
    const lease = new ScriptedLease({ endpoint: upstream.endpoint, ...over })
    const exchange = new ScriptedExchange(script)
    t.teardown(() => exchange.leave('closing'))
    contract.open(lease, exchange)
    return { lease, exchange }
  }
  /** `count` connections that carry a request each. */
  const busy = async (count: number, over: Partial<LeaseScript> = {}) => {
    const all = []
    for (let i = 0; i < count; i += 1) {
      const { lease } = open({}, over)
      const app = await upstream.accept()
      await app.message()
      all.push({ lease, app })
    }
    return all
  }
  return { upstream, contract, open, busy }
}

t.test('connections: a unix socket is an endpoint like any other', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'conn-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  const { busy } = await scene(t, { path: join(dir, 'app.sock') })
  for (const { lease, app } of await busy(1)) {
    app.send(OK)
    t.same(await lease.released, { k: 'done' })
  }
})

t.test('connections: before a pause the unused ones are closed, the busy ones stay', async (t) => {
  const { contract, busy } = await scene(t)
  const [first, second] = await busy(2)
  first?.app.send(OK)
  await first?.lease.released
  contract.close(first!.lease.run, 'idle')
  t.equal(await first?.app.ended(), 'fin')
  second?.app.send(OK)
  t.same(await second?.lease.released, { k: 'done' })
})

t.test(
  'connections: when the run is over nothing is left, and nothing is tried again',
  async (t) => {
    const { upstream, contract, open, busy } = await scene(t)
    const [first, second] = await busy(2)
    first?.app.send(OK)
    await first?.lease.released
    const reused = open()
    await first?.app.message()
    const dialing = open({}, { run: 'run-1' })
    contract.close(reused.lease.run, 'all')
    t.match(await second?.lease.released, { k: 'failed', code: 'UPSTREAM_CLOSED', sent: true })
    t.match(await reused.lease.released, { k: 'failed', code: 'UPSTREAM_CLOSED', sent: true })
    t.match(await dialing.lease.released, { k: 'failed', code: 'UPSTREAM_CLOSED', sent: false })
    await first?.app.ended()
    await second?.app.ended()
    t.ok(upstream.accepted <= 3)
  },
)

t.test('connections: a client that leaves takes its connection along', async (t) => {
  const { open, upstream } = await scene(t)
  const early = open()
  early.exchange.leave()
  t.same(await early.lease.released, { k: 'gone' })
  const late = open()
  const app = await upstream.accept()
  late.exchange.leave()
  t.same(await late.lease.released, { k: 'gone' })
  await app.ended()
})

t.test('connections: what may not be sent twice takes none that was unused for long', async (t) => {
  const clock = new FakeClock()
  const { upstream, open, busy } = await scene(t, { clock })
  for (const { lease, app } of await busy(1)) {
    app.send(OK)
    await lease.released
  }
  clock.advance(LIMITS.upstreamFreshMs + 1)
  open({ head: { method: 'POST' } })
  await (await upstream.accept()).message()
  t.equal(upstream.accepted, 2)
})

t.test('connections: there are never more than the concurrency of the function', async (t) => {
  const clock = new FakeClock()
  const { upstream, open, busy } = await scene(t, { clock })
  const fn = plainFunction({ concurrency: 2 })
  const pair = await busy(2, { fn })
  for (const { lease, app } of pair) {
    app.send(OK)
    await lease.released
  }
  clock.advance(LIMITS.upstreamFreshMs + 1)
  open({ head: { method: 'POST' } }, { fn })
  await upstream.accept()
  await pair[0]?.app.ended()
  t.equal(pair[1]?.app.ending, undefined)
})

t.test(
  'connections: the instance may ask to close, and may promise less than we would wait',
  async (t) => {
    const { upstream, busy } = await scene(t)
    for (const field of ['Connection: close', 'Keep-Alive: timeout=1']) {
      for (const { lease, app } of await busy(1)) {
        app.send(`HTTP/1.1 200 OK\r\nContent-Length: 0\r\n${field}\r\n\r\n`)
        t.same(await lease.released, { k: 'done' }, field)
        await app.ended()
      }
    }
    t.equal(upstream.accepted, 2)
  },
)

t.test('connections: what is expected finds a connection that stands already', async (t) => {
  const { upstream, contract, open } = await scene(t)
  const { run, endpoint, fn } = new ScriptedLease({ endpoint: upstream.endpoint })
  const ref = { instance: instanceId('i1'), fn: fn.id, handle: 'h1' }
  contract.expect({ ref, run, endpoint, accepts: 'app' })
  const app = await upstream.accept()
  // That it stands is told in a later turn.
  for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate)
  contract.expect({ ref, run, endpoint, accepts: 'app' })
  const { lease } = open()
  await app.message()
  app.send(OK)
  t.same(await lease.released, { k: 'done' })
  t.equal(upstream.accepted, 1)
  contract.close(run, 'all')
})
