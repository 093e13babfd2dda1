/** Bodies of requests that have to wait: whole and in order when the instance is there, and not asked for before. */

import { createHash, randomBytes } from 'node:crypto'

import t from 'tap'

import { READY_BY_GATE, startGateway } from '../support/gateway.ts'
import { forEachRuntime } from '../support/world.ts'

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** As chunks of different sizes, none of them zero. */
function chunked(bytes: Uint8Array): Buffer {
  const parts: Uint8Array[] = []
  for (let at = 0, size = 1; at < bytes.length; size = (size * 7) % 40_009) {
    const part = bytes.subarray(at, at + size)
    parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n'))
    at += part.length
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')])
}

const head = (...fields: string[]): string =>
  ['POST /upload HTTP/1.1', 'Host: app.test', ...fields, '', ''].join('\r\n')

await forEachRuntime(t, {
  'held body: bodies of all sizes, sent while cold, arrive whole and in order': async (
    t,
    world,
  ) => {
    const gateway = await startGateway(t, world, { functions: { app: world.app(READY_BY_GATE) } })
    const bodies = [1, 16_384, 16_385, 1_000_000, 5_000_000].map((size) => randomBytes(size))
    const asked = bodies.map((body) => gateway.ask('/upload', { method: 'POST', body }))
    await gateway.held(bodies.length)
    await gateway.open('ready')
    const answers = await Promise.all(asked)
    t.strictSame(
      answers.map(({ text }) => JSON.parse(text)),
      bodies.map((body) => ({ bytes: body.length, sha256: sha256(body) })),
    )
    t.strictSame(new Set(answers.map((a) => a.headers['x-coldfront-start'])), new Set(['cold']))
  },

  'held body: a chunked one arrives whole and in order': async (t, world) => {
    const gateway = await startGateway(t, world, { functions: { app: world.app(READY_BY_GATE) } })
    const body = randomBytes(300_000)
    const client = await gateway.client()
    client.send(head('Transfer-Encoding: chunked')).send(chunked(body))
    await gateway.held(1)
    await gateway.open('ready')
    t.strictSame(JSON.parse((await client.message()).body), {
      bytes: body.length,
      sha256: sha256(body),
    })
  },

  'held body: one that goes on while it is held and after it arrives whole': async (t, world) => {
    const gateway = await startGateway(t, world, { functions: { app: world.app(READY_BY_GATE) } })
    const client = await gateway.client()
    client.send(`${head('Content-Length: 15')}first`)
    await gateway.held(1)
    client.send('-next')
    await gateway.open('ready')
    await gateway.until('ready')
    client.send('-last')
    t.strictSame(JSON.parse((await client.message()).body), {
      bytes: 15,
      sha256: sha256(Buffer.from('first-next-last')),
    })
  },

  'held body: Expect: 100-continue is answered when an instance can take it': async (t, world) => {
    const gateway = await startGateway(t, world, { functions: { app: world.app(READY_BY_GATE) } })
    const client = await gateway.client()
    client.send(head('Content-Length: 5', 'Expect: 100-continue'))
    await gateway.held(1)
    t.equal(client.received, 0, 'nothing before')
    await gateway.open('ready')
    t.equal((await client.head()).status, 100)
    client.send('hello')
    const { status, body } = await client.message()
    t.equal(status, 200)
    t.match(JSON.parse(body), { bytes: 5 })
  },

  'held body: Expect: 100-continue on a function that cannot start is refused without the body':
    async (t, world) => {
      const functions = { app: world.app({ env: { EXIT_AT_ONCE: '3' } }) }
      const gateway = await startGateway(t, world, { functions })
      const client = await gateway.client()
      client.send(head('Content-Length: 5', 'Expect: 100-continue'))
      const { status, lines } = await client.message()
      t.equal(status, 502)
      t.ok(lines.includes('Connection: close'), 'the body that was not sent ends the connection')
    },
})
