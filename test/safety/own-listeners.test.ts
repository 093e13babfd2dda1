/** No function leads back to the gateway: not by a name for its own address, and not in a way that nobody can see beforehand. */

import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

import { tempDir } from '../support/temp-dir.ts'
import { rawUpstream } from '../support/raw-upstream.ts'
import { defended, writeConfig } from './defended.ts'
import { loadConfig } from '../../src/config/load.ts'

const load = (dir: string, text: Parameters<typeof writeConfig>[1]) =>
  loadConfig({ file: writeConfig(dir, text), env: {}, homedir: dir, isRoot: false, cores: 2 })

/** Ways to write an address of this machine. */
const LOCAL = [
  'localhost',
  'LocalHost',
  'localhost.',
  'app.localhost',
  'ip6-localhost',
  '127.0.0.1',
  '127.1',
  '127.255.1.2',
  '0',
  '0.0.0.0',
  '2130706433',
  '0x7f.1',
  '0177.0.0.1',
  '[::1]',
  '[::]',
  '[0:0:0:0:0:0:0:1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::ffff:0.0.0.0]',
]

for (const [listener, option] of [
  ['listen.http', { listen: { http: '127.0.0.1:8080' } }],
  ['admin.listen', { listen: { http: '127.0.0.1:1' }, admin: { listen: ':8080' } }],
] as const) {
  t.test(`own listeners: an upstream is not ${listener}, however it is written`, async (t) => {
    const dir = tempDir(t)
    for (const host of LOCAL) {
      const functions = { loop: { upstream: `${host}:8080` } }
      await t.rejects(load(dir, { ...option, functions }), /the gateway itself listens there/, host)
    }
    for (const other of ['127.0.0.1:8081', 'example.org:8080', '10.0.0.7:8080']) {
      await t.resolves(load(dir, { ...option, functions: { ok: { upstream: other } } }), other)
    }
  })
}

t.test(
  'own listeners: an upstream is not the admin socket, however its path is written',
  async (t) => {
    const dir = tempDir(t)
    for (const path of ['state/admin.sock', 'state/./admin.sock', 'x/..//state/admin.sock']) {
      const functions = { loop: { upstream: `unix:${dir}/${path}` } }
      await t.rejects(load(dir, { functions }), /the gateway itself listens there/, path)
    }
  },
)

t.test(
  'own listeners: a function that leads back is answered with 508 and nothing goes round',
  async (t) => {
    // Nobody can know beforehand where a server sends a request on.
    const middle = await rawUpstream(t)
    const functions = {
      loop: { upstream: `127.0.0.1:${middle.port}`, hosts: ['*.test', 'loop.test'] },
    }
    const gateway = await defended(t, { text: { functions } })
    const asked = gateway.ask('/', { fn: 'loop' })
    const came = await middle.accept()
    const { start, lines } = await came.head()
    const back = await gateway.client()
    back.send([start, ...lines, '', ''].join('\r\n'))
    const answer = await back.message()
    t.equal(answer.status, 508)
    t.match(JSON.parse(answer.body), { code: 'LOOP_DETECTED' })
    t.notOk(middle.hasPending, 'the function did not hear of it again')
    came.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    t.equal((await asked).status, 200)
  },
)

t.test('own listeners: another gateway of the same kind in the chain is no loop', async (t) => {
  const upstream = await rawUpstream(t)
  const functions = { app: { upstream: `127.0.0.1:${upstream.port}` } }
  const gateway = await defended(t, { text: { functions } })
  const asked = gateway.ask('/', { headers: { via: '1.1 coldfront, 1.1 coldfront-0a1b2c3d' } })
  const came = await upstream.accept()
  const { lines } = await came.head()
  t.match(
    lines.filter((line) => line.toLowerCase().startsWith('via:')),
    ['via: 1.1 coldfront, 1.1 coldfront-0a1b2c3d', /^Via: 1\.1 coldfront-[0-9a-f]{8}$/],
  )
  came.send('HTTP/1.1 204 No Content\r\n\r\n')
  t.equal((await asked).status, 204)
})

t.test('own listeners: the admin socket answers nobody who comes through a gateway', async (t) => {
  const dir = tempDir(t)
  const link = join(dir, 'innocent.sock')
  symlinkSync(join(dir, 'state', 'admin.sock'), link)
  const functions = { victim: { upstream: '127.0.0.1:1' }, loop: { upstream: `unix:${link}` } }
  const gateway = await defended(t, { dir, text: { functions } })
  t.equal((await gateway.inside('/api/v1/functions')).status, 200, 'the operator may')
  for (const path of ['/api/v1/functions', '/metrics']) {
    const through = await gateway.ask(path, { fn: 'loop' })
    t.equal(through.status, 403, path)
    t.notMatch(through.text, /victim/)
  }
  const json = { 'content-type': 'application/json' }
  const verb = { fn: 'loop', method: 'POST', headers: json, body: '{}' }
  t.equal((await gateway.ask('/api/v1/functions/victim/stop', verb)).status, 403)
})

t.test('own listeners: the admin port answers nobody who comes through a gateway', async (t) => {
  const gateway = await defended(t, { text: { functions: { app: { upstream: '127.0.0.1:1' } } } })
  const answer = await gateway.admin('/metrics', { headers: { via: '1.1 coldfront-0a1b2c3d' } })
  t.equal(answer.status, 403)
})
