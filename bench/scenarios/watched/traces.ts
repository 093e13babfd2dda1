/** What traces cost a warm request: off, on with none sampled, a tenth, and all of them. */

import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { BenchGateway } from '../../harness/gateway.ts'
import type { Call, Measured } from '../../harness/scenario.ts'
import { median } from '../../harness/statistics.ts'
import { shown } from '../../harness/table.ts'
import { HOST } from '../../rivals/coldfront.ts'
import { PROXY_CPU } from '../warm/part.ts'
import type { Upstream } from '../warm/upstream.ts'
import { interleaved, type Leg, valuesOf, type Stage, type Way } from './leg.ts'

/** Undefined: off. */
const SAMPLES = [undefined, 0, 0.1, 1] as const
const ROUNDS_MIN = 5

export async function traces(call: Stage, upstream: Upstream): Promise<Measured> {
  const endpoint = await startCollector(call)
  const ways: Way[] = []
  for (const sample of SAMPLES) {
    const name = sample === undefined ? 'off' : `on, ${sample * 100} % sampled`
    const functions = { warm: { hosts: [HOST], upstream: `127.0.0.1:${upstream.port}` } }
    const traced = sample === undefined ? {} : { traces: { endpoint, sample } }
    const file = { runtime: 'process', log: { requests: false }, functions, ...traced }
    const { port, child } = await BenchGateway.start({ file, cpu: PROXY_CPU }, call.cleanup)
    ways.push({ name, port, pid: child.pid })
  }
  const rounds = Math.max(ROUNDS_MIN, call.settings.rounds)
  const legs = await interleaved('traces', { ways, rounds, call: { ...call, load: 'closed loop' } })
  return {
    conditions: { rounds, seconds: call.seconds },
    tables: [tableOf(ways, legs)],
    targets: [],
    notes: [
      'Traces: a gateway of its own for each way, so that some percent are nothing; the collector takes everything and is not counted. Sampled, a warm request is two spans.',
    ],
    samples: legs,
  }
}

/** Swallows what it is sent. */
async function startCollector({ cleanup }: Call): Promise<string> {
  const server = createServer((req, res) => {
    req.resume()
    req.on('end', () => res.writeHead(200, { 'content-type': 'application/json' }).end('{}'))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanup.add('the collector', () => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`
}

const tableOf = (ways: readonly Way[], legs: readonly Leg[]) => {
  const cpu = (way: string): number => median(valuesOf(legs, way, ({ cpuUs }) => cpuUs))
  return {
    title: 'Traces, as fast as answers come: medians of the rounds',
    columns: ['traces', 'CPU µs/request', 'more µs', 'p99 ms'],
    rows: ways.map(({ name }) => [
      name,
      shown(cpu(name), 2),
      shown(cpu(name) - cpu(ways[0]?.name ?? ''), 2),
      shown(median(valuesOf(legs, name, ({ p99 }) => p99)), 2),
    ]),
  }
}
