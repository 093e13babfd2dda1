/** Hooks: events posted to an address, signed, and again when it could not take them. */

import { createHmac } from 'node:crypto'
import { type IncomingHttpHeaders, createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'

import { startGateway } from '../support/gateway.ts'
import { onProcesses } from '../support/world.ts'

interface Posted {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** An address that takes what is posted to it, after it has answered as `statuses` say. */
async function receiver(t: Test, statuses: number[] = []) {
  const posts: Posted[] = []
  const watchers: (() => void)[] = []
  const server = createServer((req, res) => {
    let body = ''
    req.setEncoding('utf8')
    req.on('data', (part: string) => (body += part))
    req.on('end', () => {
      posts.push({ path: req.url ?? '', headers: req.headers, body })
      res.writeHead(statuses.shift() ?? 204).end()
      for (const look of watchers.splice(0)) look()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  const until = async (is: (post: Posted) => boolean): Promise<Posted> => {
    for (;;) {
      const found = posts.find(is)
      if (found) return found
      await new Promise<void>((resolve) => void watchers.push(resolve))
    }
  }
  return { posts, until, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/key` }
}

const kind = ({ body }: Posted): string => (JSON.parse(body) as { k: string }).k

await onProcesses(t, {
  'hooks: post what they were asked to, signed': async (t, world) => {
    const { posts, until, url } = await receiver(t)
    const hooks = [{ url, events: ['woke', 'ready'], secret: 'a secret' }]
    const gateway = await startGateway(t, world, { hooks, functions: { app: world.app() } })
    await gateway.ask('/a?token=x')
    const { headers, body, path } = await until((post) => kind(post) === 'ready')
    t.equal(path, '/key')
    t.strictSame(posts.map(kind), ['woke', 'ready'])
    t.match(JSON.parse(posts[0]?.body ?? ''), { fn: 'app', by: { path: '/a' } })
    const signed = [headers['webhook-id'], headers['webhook-timestamp'], body].join('.')
    const expected = createHmac('sha256', 'a secret').update(signed).digest('base64')
    t.equal(headers['webhook-signature'], `v1,${expected}`)
    const { text } = await gateway.admin('/metrics')
    t.match(text, 'coldfront_hook_delivered_total 2')
  },

  'hooks: try again, and leave out what may be secret when they give up': async (t, world) => {
    const { posts, until, url } = await receiver(t, [503, 200, 400])
    const hooks = [{ url: `${url}?token=x`, events: 'woke', secret: 'a secret' }]
    const gateway = await startGateway(t, world, { hooks, functions: { app: world.app() } })
    await gateway.ask('/')
    await until(() => posts.length === 2)
    t.equal(posts[0]?.headers['webhook-id'], posts[1]?.headers['webhook-id'])
    await gateway.admin('/api/v1/functions/app/stop', 'POST')
    await gateway.until('stopped')
    await gateway.ask('/')
    const notice = await gateway.until('notice', '', ({ message }) => message.includes('hook'))
    t.match(notice.message, `the hook at ${new URL(url).origin}: it answered 400`)
    const said = [
      JSON.stringify(gateway.log.events),
      (await gateway.admin('/api/v1/functions')).text,
      (await gateway.admin('/metrics')).text,
    ].join('')
    t.notMatch(said, /a secret|\/key|token=x/)
  },

  'hooks: are told that the gateway ends, and never hold up a request': async (t, world) => {
    const { until, url } = await receiver(t)
    const hooks = [
      { url, events: 'closing' },
      // Nothing listens there.
      { url: 'http://127.0.0.1:1/', events: ['woke', 'ready', 'closing'] },
    ]
    const gateway = await startGateway(t, world, { hooks, functions: { app: world.app() } })
    t.equal((await gateway.ask('/')).status, 200)
    await gateway.close()
    await until((post) => kind(post) === 'closing')
    t.pass('it was told')
  },

  'hooks: change with the configuration': async (t, world) => {
    const { until, url } = await receiver(t)
    const functions = { app: world.app() }
    const gateway = await startGateway(t, world, { functions })
    await gateway.rewrite({ hooks: [{ url, events: ['ready'] }], functions })
    await gateway.reload()
    await gateway.ask('/')
    await until((post) => kind(post) === 'ready')
    t.pass('it was told')
  },
})
