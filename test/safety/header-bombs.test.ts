/** Heads that are too large in any direction: refused with a status, without being passed on, on both listeners. */

import t from 'tap'

import { rawUpstream } from '../support/raw-upstream.ts'
import { defended } from './defended.ts'

const BOMBS: Readonly<Record<string, string>> = {
  'ten thousand fields': `GET / HTTP/1.1\r\nHost: HOST\r\n${'a: b\r\n'.repeat(10_000)}\r\n`,
  'many small fields within the size': `GET / HTTP/1.1\r\nHost: HOST\r\n${'a:\r\n'.repeat(1_500)}\r\n`,
  'one long field': `GET / HTTP/1.1\r\nHost: HOST\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`,
  'one long name': `GET / HTTP/1.1\r\nHost: HOST\r\n${'x'.repeat(100_000)}: 1\r\n\r\n`,
  'a long target': `GET /${'x'.repeat(100_000)} HTTP/1.1\r\nHost: HOST\r\n\r\n`,
  'a long Host': `GET / HTTP/1.1\r\nHost: ${'x'.repeat(5_000)}\r\n\r\n`,
  'a field without end': `GET / HTTP/1.1\r\nHost: HOST\r\nX: ${'x'.repeat(1_000_000)}`,
  'folded lines': `GET / HTTP/1.1\r\nHost: HOST\r\nX: 1\r\n${' 2\r\n'.repeat(20_000)}\r\n`,
  'a long method': `${'X'.repeat(100_000)} / HTTP/1.1\r\nHost: HOST\r\n\r\n`,
  'blank lines without end': '\r\n'.repeat(50_000),
}

for (const [what, bomb] of Object.entries(BOMBS)) {
  t.test(`header bombs: ${what}`, async (t) => {
    const upstream = await rawUpstream(t)
    const functions = { app: { upstream: `127.0.0.1:${upstream.port}` } }
    const gateway = await defended(t, {
      text: { request: { headTimeout: '500ms' }, functions },
    })
    const open = await gateway.client()
    open.send(bomb.replace('HOST', 'app.test'))
    const answer = await open.message()
    t.ok([400, 408, 414, 431, 501].includes(answer.status), String(answer.status))
    await open.ended()
    t.notOk(upstream.hasPending, 'the function heard nothing')
    if (what === 'blank lines without end') return
    const admin = await gateway.client(gateway.adminPort)
    admin.send(bomb.replace('HOST', '127.0.0.1'))
    const { status } = await admin.head()
    t.ok(status >= 400 && status < 500, `admin: ${status}`)
    t.equal((await gateway.admin('/healthz')).status, 200)
  })
}

t.test('header bombs: chunk extensions and trailers are bounded too', async (t) => {
  const upstream = await rawUpstream(t)
  const functions = { app: { upstream: `127.0.0.1:${upstream.port}` } }
  const gateway = await defended(t, { text: { functions } })
  for (const end of [`1;${'x'.repeat(100_000)}`, `0\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`]) {
    const client = await gateway.client()
    client.send('POST / HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n\r\n')
    const came = await upstream.accept()
    client.send(end)
    const { status } = await client.head()
    t.ok(status === 400 || status === 431, String(status))
    await came.ended()
  }
})
