/** What a scrape of the metrics does to the latency of warm requests, with a thousand functions that have series. */

import { request } from 'node:http'
import { connect } from 'node:net'
import { BenchGateway } from '../../harness/gateway.ts'
import type { Call, Measured } from '../../harness/scenario.ts'
import { median, percentile } from '../../harness/statistics.ts'
import { shown } from '../../harness/table.ts'
import { now, sleep } from '../../harness/time.ts'
import { HOST } from '../../rivals/coldfront.ts'
import { PROXY_CPU } from '../warm/part.ts'
import type { Upstream } from '../warm/upstream.ts'
import { interleaved, type Leg, RATE, valuesOf, type Stage, type Way } from './leg.ts'

const FUNCTIONS = 1_000
const ROUNDS_MIN = 10
const P99_MS_MAX = 5
/** Between scrapes; Prometheus' default is 15 s, of which latency at the 99th percentile would see nothing. */
const PAUSE_MS = 250
const READ_BYTES = 262_144
const SCRAPE =
  'GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept: application/openmetrics-text\r\nConnection: close\r\n\r\n'
const ALONE = 'no scrape'
const SCRAPED = 'scraped all the time'

interface Scrape {
  readonly bytes: number
  readonly ms: number
}

export async function scrape(call: Stage, upstream: Upstream): Promise<Measured> {
  const gateway = await startGateway(call, upstream)
  const { port } = gateway
  const { pid } = gateway.child
  for (let i = 0; i < FUNCTIONS; i += 1) await activate(hostOf(i), port)
  const scrapes: Scrape[] = []
  const watch = async (): Promise<() => Promise<void>> => {
    const end = new AbortController()
    const loop = (async () => {
      for (; !end.signal.aborted; await sleep(PAUSE_MS))
        scrapes.push(await scrapeOnce(gateway.socket))
    })()
    return () => {
      end.abort()
      return loop
    }
  }
  const ways: Way[] = [
    { name: ALONE, port, pid },
    { name: SCRAPED, port, pid, watch },
  ]
  const rounds = Math.max(ROUNDS_MIN, call.settings.rounds)
  const legs = await interleaved('scrape', { ways, rounds, call: { ...call, load: 'fixed rate' } })
  const alone = p99s(legs, ALONE)
  const more = p99s(legs, SCRAPED).map((p99, round) => p99 - (alone[round] ?? NaN))
  return {
    conditions: { functions: FUNCTIONS, rate: RATE, rounds, seconds: call.seconds },
    tables: [tableOf(ways, legs), scrapeTable(scrapes)],
    targets: [
      {
        what: `scrapes with ${FUNCTIONS} active functions, more p99`,
        value: median(more),
        limit: P99_MS_MAX,
        unit: 'ms',
        doubt: doubtOf(legs),
      },
    ],
    notes: [
      `Scrape: ${FUNCTIONS} functions, each asked once before; a scrape begins ${PAUSE_MS} ms after the one before has ended, for as long as the load goes on.`,
    ],
    samples: { legs, scrapes },
  }
}

const p99s = (legs: readonly Leg[], way: string): readonly number[] =>
  valuesOf(legs, way, (leg) => leg.p99)

/** Where latency without a scrape differs by more than the bar from round to round, a scrape cannot be blamed or praised. */
function doubtOf(legs: readonly Leg[]): string | undefined {
  const alone = p99s(legs, ALONE)
  const [low, high] = [percentile(alone, 0.25), percentile(alone, 0.75)]
  return high - low > P99_MS_MAX
    ? `without scrapes half of the rounds lie outside ${low.toFixed(1)} … ${high.toFixed(1)} ms`
    : undefined
}

const hostOf = (i: number): string => (i === 0 ? HOST : `other-${i}.localhost`)

function startGateway({ cleanup }: Call, upstream: Upstream): Promise<BenchGateway> {
  const target = `127.0.0.1:${upstream.port}`
  const functions = Object.fromEntries(
    Array.from({ length: FUNCTIONS }, (_, i) => [
      `function-${i}`,
      { hosts: [hostOf(i)], upstream: target },
    ]),
  )
  const file = { runtime: 'process', log: { requests: false }, functions }
  return BenchGateway.start({ file, cpu: PROXY_CPU }, cleanup)
}

/** One request, so that it has series. */
function activate(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const req = request({ host: '127.0.0.1', port, headers: { host } }, (res) => {
      res.resume()
      res.on('end', () => resolve())
    })
    req.on('error', reject)
    req.end()
  })
}

/** As cheap as reading can be: the reader shares its processor with the load. */
function scrapeOnce(path: string): Promise<Scrape> {
  const began = now()
  return new Promise((resolve, reject) => {
    let bytes = 0
    const onread = {
      buffer: Buffer.allocUnsafe(READ_BYTES),
      callback: (length: number) => (bytes += length) > 0,
    }
    const socket = connect({ path, onread })
    socket.on('error', reject)
    socket.on('close', () => resolve({ bytes, ms: now() - began }))
    socket.write(SCRAPE)
  })
}

const tableOf = (ways: readonly Way[], legs: readonly Leg[]) => ({
  title: `At ${RATE} requests/s: medians of the rounds`,
  columns: ['way', 'CPU µs/request', 'p50 ms', 'p99 ms', 'errors'],
  rows: ways.map(({ name }) => {
    const of = (pick: (leg: Leg) => number): number => median(valuesOf(legs, name, pick))
    return [
      name,
      shown(
        of(({ cpuUs }) => cpuUs),
        2,
      ),
      shown(
        of(({ p50 }) => p50),
        2,
      ),
      shown(
        of(({ p99 }) => p99),
        2,
      ),
      String(valuesOf(legs, name, ({ errors }) => errors).reduce((sum, errors) => sum + errors, 0)),
    ]
  }),
})

const scrapeTable = (scrapes: readonly Scrape[]) => ({
  title: 'Scrapes under load',
  columns: ['scrapes', 'MB', 'p50 ms', 'longest ms'],
  rows: [
    [
      String(scrapes.length),
      shown(median(scrapes.map(({ bytes }) => bytes)) / 1e6, 1),
      shown(median(scrapes.map(({ ms }) => ms))),
      shown(Math.max(...scrapes.map(({ ms }) => ms))),
    ],
  ],
})
