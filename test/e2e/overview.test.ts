/** What the dashboard asks a running gateway for: rows that changed, and requests one by one. */

import t from 'tap'

import type { FunctionRow, OverviewAnswer } from '../../src/admin/overview.ts'
import { PATIENCE_MS } from '../support/event-log.ts'
import { type TestGateway, startGateway } from '../support/gateway.ts'
import { forEachRuntime } from '../support/world.ts'

const look = async (gateway: TestGateway, query = ''): Promise<OverviewAnswer> =>
  JSON.parse((await gateway.admin(`/api/v1/overview${query}`)).text) as OverviewAnswer

/** Looks until a row is so: no event tells of what is only measured. */
async function until(
  gateway: TestGateway,
  what: string,
  is: (row: FunctionRow) => boolean,
): Promise<FunctionRow> {
  for (const late = performance.now() + PATIENCE_MS; performance.now() < late;) {
    const row = (await look(gateway)).changed.find(is)
    if (row) return row
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`waited for ${what}`)
}

await forEachRuntime(t, {
  'overview: a wake is told with its cause, and its request with what it took': async (
    t,
    world,
  ) => {
    const gateway = await startGateway(t, world, {
      functions: { app: world.app(), other: world.app() },
    })
    const { revision, ids } = await look(gateway)
    t.strictSame(ids, ['app', 'other'])
    const reader = await gateway.follow('/api/v1/requests')
    await gateway.ask('/a?secret=x')
    const told = await reader.until('the request', ({ k }) => k === 'request')
    t.match(told, { fn: 'app', start: 'cold', path: '/a', status: 200, wake: { start: Number } })
    const row = await until(gateway, 'the request', ({ activity }) => activity?.cold.count === 1)
    t.match(row, {
      id: 'app',
      condition: 'ready',
      lastWake: {
        kind: 'cold',
        cause: { why: 'request', by: { path: '/a', client: '127.0.0.1' } },
      },
      activity: { cold: { p50: Number, count: 1 }, warm: { count: 0 } },
    })
    const { changed } = await look(gateway, `?since=${revision}`)
    t.strictSame(
      changed.map(({ id }) => id),
      ['app'],
    )
    t.notMatch(JSON.stringify([told, row]), 'secret')
  },

  'overview: the memory of instances is told, and to those who ask once': async (t, world) => {
    const gateway = await startGateway(t, world, { functions: { app: world.app() } })
    await gateway.ask('/')
    const memoryOf = (row: FunctionRow) => row.instances[0]?.memoryBytes ?? 0
    const row = await until(gateway, 'the memory', (row) => memoryOf(row) > 0)
    t.ok(memoryOf(row) > 5_000_000 && memoryOf(row) < 1_000_000_000, String(memoryOf(row)))
    const { functions } = await gateway.overview()
    t.ok((functions[0]?.instances[0]?.memoryBytes ?? 0) > 5_000_000)
  },
})
