/** Watching a gateway from outside: its events, and what its functions print, as streams of the admin listener. */

import t from 'tap'

import { startGateway } from '../support/gateway.ts'
import { forEachRuntime, onProcesses } from '../support/world.ts'

await forEachRuntime(t, {
  'events: a cold start is told as it happens, with the request that caused it': async (
    t,
    world,
  ) => {
    const gateway = await startGateway(t, world, { functions: { app: world.app() } })
    const reader = await gateway.follow('/api/v1/events?function=app')
    const headers = { 'user-agent': 'test/1' }
    await gateway.ask('/a/b?token=secret', { headers })
    await reader.until('released', ({ k }) => k === 'released')
    const ready = reader.read.find(({ k }) => k === 'ready')
    t.match(ready, { fn: 'app', by: 'cold', phases: { start: Number, probe: Number } })
    const woke = reader.read.find(({ k }) => k === 'woke')
    t.match(woke, {
      by: { host: 'app.test', path: '/a/b', client: '127.0.0.1', userAgent: 'test/1' },
    })
    const told = reader.read.filter(({ k }) => k !== 'state' && k !== 'pull').map(({ k }) => k)
    t.strictSame(told, ['woke', 'held', 'started', 'probed', 'ready', 'released'])
    t.notMatch(JSON.stringify(reader.read), 'secret')
  },

  'logs: what a function printed, and prints from now on': async (t, world) => {
    const gateway = await startGateway(t, world, { functions: { app: world.app() } })
    await gateway.ask('/print?line=before')
    await gateway.printed('before')
    const reader = await gateway.follow('/api/v1/functions/app/logs?follow=1')
    await reader.until('what was printed', ({ line }) => line === 'before')
    await gateway.ask('/print?line=after')
    await reader.until('what is printed', ({ line }) => line === 'after')
    const { text } = await gateway.admin('/api/v1/functions/app/logs?last=1')
    t.match(JSON.parse(text), { lines: [{ line: 'after', at: Number, instance: /^app-/ }] })
  },
})

await onProcesses(t, {
  'events: a reader that comes back goes on where it was': async (t, world) => {
    const gateway = await startGateway(t, world, { functions: { app: world.app() } })
    const first = await gateway.follow('/api/v1/events')
    await gateway.who()
    const { eventId } = await first.until('started', ({ k }) => k === 'started')
    const ready = await first.until('ready', ({ k }) => k === 'ready')
    const again = await gateway.follow('/api/v1/events', { 'last-event-id': eventId })
    t.strictSame(await again.until('ready', ({ k }) => k === 'ready'), ready)
    t.notOk(again.read.some(({ k }) => k === 'started' || k === 'gap'))
    const elsewhere = await gateway.follow('/api/v1/events', { 'last-event-id': 'zz-7' })
    t.match(await elsewhere.until('the gap', () => true), { k: 'gap' })
  },

  'events: a reload is told with what it changed': async (t, world) => {
    const gateway = await startGateway(t, world, { functions: { app: world.app() } })
    const reader = await gateway.follow('/api/v1/events')
    await gateway.rewrite({ functions: { app: world.app({ env: { A: 'b' } }) } })
    await gateway.reload()
    const reloaded = await reader.until('reloaded', ({ k }) => k === 'reloaded')
    t.match(reloaded, { functions: 1, changed: ['app'] })
  },

  'logs: end for their readers when the function is removed': async (t, world) => {
    const functions = { app: world.app(), other: world.app() }
    const gateway = await startGateway(t, world, { functions })
    const reader = await gateway.follow('/api/v1/functions/app/logs?follow=1')
    await gateway.rewrite({ functions: { other: world.app() } })
    await gateway.reload()
    await reader.ended()
    t.pass('it ended')
  },
})
