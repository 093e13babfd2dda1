/** Takes OTLP over HTTP as a collector would, JSON alone, and lays the spans out for tests. Ends with the test. */

import { once } from 'node:events'
import { type IncomingHttpHeaders, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import type { Test } from 'tap'

import { PATIENCE_MS } from './event-log.ts'

/** OTLP's numbers. */
export const KIND = { internal: 1, server: 2, client: 3 } as const
export const FAILED = 2

export interface GotSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  /** ms since the epoch. */
  readonly start: number
  readonly end: number
  readonly attributes: Readonly<Record<string, unknown>>
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[]
  readonly events: readonly { readonly name: string }[]
  readonly status: number
}

interface WireValue {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}

interface WireSpan extends Omit<GotSpan, 'attributes' | 'status' | 'start' | 'end'> {
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly WireValue[]
  readonly status: { readonly code: number }
}

interface WireBatch {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly WireValue[] }
    readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[]
  }[]
}

export class Collector {
  readonly spans: GotSpan[] = []
  readonly batches: { readonly headers: IncomingHttpHeaders; readonly bytes: number }[] = []
  /** Of the last batch. */
  resource: Readonly<Record<string, unknown>> = {}
  /** How it answers; by default that it took all. */
  answer: (res: ServerResponse) => void = (res) =>
    void res.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  readonly url: string
  #watchers: (() => void)[] = []

  constructor(url: string) {
    this.url = url
  }

  take(headers: IncomingHttpHeaders, body: string, res: ServerResponse): void {
    this.batches.push({ headers, bytes: body.length })
    for (const { resource, scopeSpans } of (JSON.parse(body) as WireBatch).resourceSpans) {
      this.resource = valuesOf(resource.attributes)
      for (const { spans } of scopeSpans) this.spans.push(...spans.map(read))
    }
    this.answer(res)
    for (const look of this.#watchers.splice(0)) look()
  }

  /** Until there are so many spans of which that is so. */
  async until(count: number, is: (span: GotSpan) => boolean): Promise<readonly GotSpan[]> {
    const late = new Promise<never>((_, reject) => {
      const error = new Error(`waited for ${count} spans, which ${String(is)}`)
      setTimeout(() => reject(error), PATIENCE_MS).unref()
    })
    for (;;) {
      const found = this.spans.filter(is)
      if (found.length >= count) return found
      await Promise.race([late, new Promise<void>((look) => void this.#watchers.push(look))])
    }
  }

  /** The spans below one, by name. */
  below({ traceId, spanId }: GotSpan): Readonly<Record<string, GotSpan>> {
    const children = this.spans.filter((s) => s.traceId === traceId && s.parentSpanId === spanId)
    return Object.fromEntries(children.map((span) => [span.name, span]))
  }
}

export async function startCollector(t: Test): Promise<Collector> {
  const server = createServer((req, res) => {
    let body = ''
    req.setEncoding('utf8')
    req.on('data', (part: string) => (body += part))
    req.on('end', () => collector.take(req.headers, body, res))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  const collector = new Collector(`http://127.0.0.1:${port}/v1/traces`)
  return collector
}

const read = ({ startTimeUnixNano, endTimeUnixNano, ...span }: WireSpan): GotSpan => ({
  ...span,
  start: Number(startTimeUnixNano) / 1e6,
  end: Number(endTimeUnixNano) / 1e6,
  attributes: valuesOf(span.attributes),
  status: span.status.code,
})

const valuesOf = (values: readonly WireValue[]): Readonly<Record<string, unknown>> =>
  Object.fromEntries(values.map(({ key, value }) => [key, Object.values(value)[0]]))
