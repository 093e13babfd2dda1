/** A registry of images for tests: one image with one layer, on 127.0.0.1, as an engine pulls from it without TLS. */

import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface RegistryParts {
  /** `user:password` that the registry asks for. */
  readonly login?: string
  /** Resolves when the rest of a layer may be sent. */
  readonly release?: Promise<void>
}

export interface TestRegistry {
  /** `127.0.0.1:port`, as an image's name begins with it. */
  readonly host: string
  /** How often the one image was asked for. */
  readonly pulls: () => number
  /** Resolves when a layer is on its way. */
  readonly layerAsked: Promise<void>
  close(): Promise<void>
}

const TAR_BLOCK_BYTES = 512
const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json'

const digest = (data: Buffer): string => `sha256:${createHash('sha256').update(data).digest('hex')}`

/** A number field of a tar header. */
const octal = (value: number, length: number): string =>
  `${value.toString(8).padStart(length - 1, '0')}\0`

/** A tar archive of one file with this text, so that each test has a layer of its own. */
function layerOf(text: string): Buffer {
  const head = Buffer.alloc(TAR_BLOCK_BYTES)
  head.write('content', 0)
  head.write(octal(0o644, 8), 100)
  head.write(octal(0, 8), 108)
  head.write(octal(0, 8), 116)
  head.write(octal(text.length, 12), 124)
  head.write(octal(0, 12), 136)
  head.write('        ', 148)
  head.write('0', 156)
  head.write('ustar\x0000', 257)
  head.write(
    octal(
      head.reduce((sum, byte) => sum + byte, 0),
      7,
    ),
    148,
  )
  const body = Buffer.alloc(TAR_BLOCK_BYTES)
  body.write(text)
  return Buffer.concat([head, body, Buffer.alloc(2 * TAR_BLOCK_BYTES)])
}

function imageOf(text: string) {
  const layer = layerOf(text)
  const config = Buffer.from(
    JSON.stringify({
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      os: 'linux',
      config: { Cmd: ['/content'] },
      rootfs: { type: 'layers', diff_ids: [digest(layer)] },
    }),
  )
  const describe = (mediaType: string, data: Buffer) => ({
    mediaType,
    size: data.length,
    digest: digest(data),
  })
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: describe('application/vnd.docker.container.image.v1+json', config),
      layers: [describe('application/vnd.docker.image.rootfs.diff.tar', layer)],
    }),
  )
  return { layer, config, manifest }
}

/** Serves `NAME:latest` for the name `app`; every other name is unknown. */
export async function testRegistry({ login, release }: RegistryParts = {}): Promise<TestRegistry> {
  const { layer, config, manifest } = imageOf(`${process.pid} ${performance.now()}`)
  const asked = Promise.withResolvers<void>()
  let pulls = 0
  const sendLayer = async (res: ServerResponse): Promise<void> => {
    res.writeHead(200, { 'content-length': layer.length })
    res.write(layer.subarray(0, TAR_BLOCK_BYTES))
    asked.resolve()
    await release
    res.end(layer.subarray(TAR_BLOCK_BYTES))
  }
  const server = createServer((req, res) => {
    const path = req.url ?? ''
    const given = req.headers.authorization
    const wanted = login && `Basic ${Buffer.from(login).toString('base64')}`
    if (wanted && given !== wanted) {
      res.writeHead(401, { 'www-authenticate': 'Basic realm="test"' })
      return res.end()
    }
    if (path === '/v2/') return res.end('{}')
    if (path.startsWith('/v2/app/manifests/')) {
      // By its tag it is asked for once in each pull; what follows is by digest.
      if (path.endsWith('/latest')) pulls += 1
      res.writeHead(200, {
        'content-type': MANIFEST,
        'content-length': manifest.length,
        'docker-content-digest': digest(manifest),
      })
      return res.end(req.method === 'HEAD' ? undefined : manifest)
    }
    if (path.endsWith(digest(config))) return res.end(config)
    if (path.endsWith(digest(layer))) return void sendLayer(res)
    res.writeHead(404, { 'content-type': 'application/json' })
    res.end(JSON.stringify({ errors: [{ code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' }] }))
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    pulls: () => pulls,
    layerAsked: asked.promise,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
