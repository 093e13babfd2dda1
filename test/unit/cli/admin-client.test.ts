import { type RequestListener, createServer } from 'node:http'
import { join } from 'node:path'
import t, { type Test } from 'tap'

import { AdminClient } from '../../../src/cli/admin-client.ts'
import { tempDir } from '../../support/temp-dir.ts'

/** A client of something that answers so. */
async function clientOf(t: Test, answer: RequestListener): Promise<AdminClient> {
  const path = join(tempDir(t), 'admin.sock')
  const server = createServer(answer)
  await new Promise<void>((resolve) => {
    server.listen(path, resolve)
  })
  t.teardown(() => server.close())
  t.teardown(() => server.closeAllConnections())
  return new AdminClient({ k: 'unix', path })
}

t.test('admin client: asks for JSON, and orders with JSON', async (t) => {
  const client = await clientOf(t, (req, res) => {
    let body = ''
    req.on('data', (piece) => {
      body += String(piece)
    })
    req.on('end', () =>
      res.end(JSON.stringify([req.method, req.url, req.headers['content-type'], body])),
    )
  })
  t.strictSame(await client.get('/a'), ['GET', '/a', null, ''])
  t.strictSame(await client.post('/b', { c: 1 }), ['POST', '/b', 'application/json', '{"c":1}'])
})

t.test('admin client: a refusal is told in the words of the gateway', async (t) => {
  const client = await clientOf(t, (req, res) => {
    res.statusCode = 404
    res.end(req.url === '/own' ? '{"detail":"there is no such function"}' : '<html>')
  })
  await t.rejects(client.get('/own'), { message: 'there is no such function', isAnswer: true })
  await t.rejects(client.get('/else'), { message: /answered 404, and is no coldfront$/ })
})

t.test('admin client: it says when nothing runs there', async (t) => {
  const path = join(tempDir(t), 'admin.sock')
  const message = `no gateway is running: nothing answers at ${path}`
  await t.rejects(new AdminClient({ k: 'unix', path }).get('/'), { message, isAnswer: false })
})

t.test('admin client: over TCP it shows its token, and reads an address in brackets', async (t) => {
  const server = createServer((req, res) => res.end(JSON.stringify(req.headers.authorization)))
  await new Promise<void>((resolve) => {
    server.listen(0, '::1', resolve)
  })
  t.teardown(() => server.close())
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const client = new AdminClient({ k: 'url', url: `http://[::1]:${port}`, token: 'secret' })
  t.equal(await client.get('/'), 'Bearer secret')
})

t.test('admin client: a stream gives events until its reader has enough', async (t) => {
  const gone = Promise.withResolvers<void>()
  const client = await clientOf(t, (req, res) => {
    res.on('close', gone.resolve)
    res.write(`data: ${String(req.headers['last-event-id'])}\n\n`)
  })
  const abort = new AbortController()
  let isOpen = false
  const begun = (): void => {
    isOpen = true
  }
  const seen: string[] = []
  for await (const { data } of client.stream('/', { after: '7', signal: abort.signal, begun })) {
    seen.push(data)
    abort.abort()
  }
  await gone.promise
  t.ok(isOpen)
  t.strictSame(seen, ['7'])
})

t.test('admin client: a stream that breaks off is an error', async (t) => {
  const client = await clientOf(t, (_, res) => {
    res.write('data: 1\n\n', () => res.destroy())
  })
  const { signal } = new AbortController()
  const begun = (): void => undefined
  await t.rejects(
    async () => {
      for await (const event of client.stream('/', { signal, begun })) t.equal(event.data, '1')
    },
    { name: 'AdminClientError' },
  )
})

t.test('admin client: closing ends what is still open', async (t) => {
  const asked = Promise.withResolvers<void>()
  const client = await clientOf(t, () => asked.resolve())
  const answer = client.get('/')
  await asked.promise
  client.close()
  await t.rejects(answer, { name: 'AdminClientError' })
})
