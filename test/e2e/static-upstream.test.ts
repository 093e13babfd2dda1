/** Servers that are not managed: the same data path, with nothing to start, to pause or to stop. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

import t from 'tap'
import type { Test } from 'tap'

import { startGateway } from '../support/gateway.ts'
import { tempDir } from '../support/temp-dir.ts'
import { onProcesses } from '../support/world.ts'

/** A server that says how many bytes it was sent; gives what to write after `upstream:`. */
async function server(t: Test, path?: string): Promise<string> {
  const server = createServer((req, res) => {
    let bytes = 0
    req.on('data', (part: Buffer) => (bytes += part.length))
    req.on('end', () => res.end(`${req.method} ${req.url} ${bytes}`))
  })
  t.teardown(() => server.close())
  await new Promise<void>((resolve) => {
    if (path) server.listen(path, resolve)
    else server.listen(0, '127.0.0.1', resolve)
  })
  t.teardown(() => server.closeAllConnections())
  return path ? `unix:${path}` : `127.0.0.1:${(server.address() as AddressInfo).port}`
}

await onProcesses(t, {
  'upstream: it is warm from the first request on': async (t, world) => {
    const gateway = await startGateway(t, world, {
      functions: { app: { upstream: await server(t) } },
    })
    const answer = await gateway.ask('/path?query', { method: 'POST', body: 'hello' })
    t.equal(answer.text, 'POST /path?query 5')
    t.equal(answer.headers['x-coldfront-start'], 'warm')
  },

  'upstream: a unix socket does as well': async (t, world) => {
    const upstream = await server(t, join(tempDir(t), 'up.sock'))
    const gateway = await startGateway(t, world, { functions: { app: { upstream } } })
    t.equal((await gateway.ask('/')).text, 'GET / 0')
  },

  'upstream: it never sleeps, whatever the others do': async (t, world) => {
    const defaults = { idle: { pauseAfter: '50ms', stopAfter: '100ms' } }
    const functions = { app: { upstream: await server(t) }, control: world.app() }
    const gateway = await startGateway(t, world, { defaults, functions })
    await gateway.ask('/')
    await gateway.who('control')
    await gateway.until('stopped', 'control')
    t.equal((await gateway.ask('/')).headers['x-coldfront-start'], 'warm')
    t.equal(gateway.log.all('stopped', 'app').length, 0)
  },

  'upstream: one that does not listen is answered for with 502, and served when it is back': async (
    t,
    world,
  ) => {
    const upstream = join(tempDir(t), 'up.sock')
    const functions = { app: { upstream: `unix:${upstream}` } }
    const gateway = await startGateway(t, world, { functions })
    const answer = await gateway.ask('/')
    t.equal(answer.status, 502)
    t.match(JSON.parse(answer.text), { code: 'UPSTREAM_UNREACHABLE' })
    await server(t, upstream)
    t.equal((await gateway.ask('/')).status, 200)
  },
})
