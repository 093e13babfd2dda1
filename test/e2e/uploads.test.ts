/** Uploads side by side: every app gets the bytes of its own client, however slowly it reads. */

import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import t from 'tap'
import type { Test } from 'tap'

import { startGateway } from '../support/gateway.ts'
import { onProcesses } from '../support/world.ts'

const CLIENTS = 12
const ROUNDS = 6
/** Bytes: around what is copied, what is read at once, and far beyond both. */
const SIZES = [1, 16_384, 16_385, 65_536, 131_072, 131_073, 900_000]

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Answers with the digest of what it was sent; reads every second request in small sips. */
async function server(t: Test): Promise<string> {
  let count = 0
  const server = createServer({ highWaterMark: 4_096 }, (req, res) => {
    const hash = createHash('sha256')
    const isSlow = (count += 1) % 2 === 0
    req.on('data', (part: Buffer) => {
      hash.update(part)
      if (!isSlow) return
      req.pause()
      setImmediate(() => req.resume())
    })
    req.on('end', () => res.end(hash.digest('hex')))
  })
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

await onProcesses(t, {
  'upload: many at once, fast and slow ones, arrive as they were sent': async (t, world) => {
    const functions = { app: { upstream: await server(t) } }
    const gateway = await startGateway(t, world, { functions })
    const client = async (index: number): Promise<void> => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const body = randomBytes(SIZES[(index + round) % SIZES.length]!)
        const answer = await gateway.ask('/', { method: 'POST', body })
        t.equal(answer.text, digest(body))
      }
    }
    await Promise.all(Array.from({ length: CLIENTS }, (_, index) => client(index)))
  },
})
