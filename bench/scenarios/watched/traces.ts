/** What traces cost a warm request: on with none sampled, a tenth, and all of them, against off. */

import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { BenchGateway } from '../../harness/gateway.ts'
import type { Call, Measured } from '../../harness/scenario.ts'
import { HOST } from '../../rivals/coldfront.ts'
import { PROXY_CPU } from '../warm/part.ts'
import type { Upstream } from '../warm/upstream.ts'
import type { Stage } from './leg.ts'
import { inTurns, type Turns, turnsTable } from './turns.ts'

/** Of the requests. */
const SAMPLES = [0, 0.1, 1] as const

export async function traces(call: Stage, upstream: Upstream): Promise<Measured> {
  const endpoint = await startCollector(call)
  const functions = { warm: { hosts: [HOST], upstream: `127.0.0.1:${upstream.port}` } }
  const file = { runtime: 'process', log: { requests: false }, functions }
  const gateway = await BenchGateway.start({ file, cpu: PROXY_CPU }, call.cleanup)
  const all: Turns[] = []
  for (const sample of SAMPLES) {
    const traced = { ...file, traces: { endpoint, sample } }
    let isOn = false
    const switchTo = async (wanted: boolean): Promise<void> => {
      if (isOn !== wanted) await gateway.reload(wanted ? traced : file)
      isOn = wanted
    }
    const name = `${sample * 100} % sampled`
    all.push(await inTurns({ name, gateway, upstream, switchTo }, call))
  }
  return {
    conditions: { rounds: all.map(({ rounds }) => rounds.length) },
    tables: [turnsTable('Traces, as fast as answers come', all, call.settings.seed)],
    targets: [],
    notes: [
      'Traces: one gateway, whose configuration is read again at each turn; the collector takes everything and is not counted. Sampled, a warm request is two spans.',
    ],
    samples: all,
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
