import t from 'tap'
import { isNetwork, parseListen, parseUpstream, reaches } from '../../../src/config/address.ts'
import type { ListenAddress } from '../../../src/config/config.ts'

t.test('address: TCP addresses and unix sockets are read', async (t) => {
  t.strictSame(parseListen(':8080'), { k: 'tcp', host: '', port: 8080 })
  t.strictSame(parseListen('127.0.0.1:0'), { k: 'tcp', host: '127.0.0.1', port: 0 })
  t.strictSame(parseListen('[::1]:80'), { k: 'tcp', host: '::1', port: 80 })
  t.strictSame(parseListen('unix:/run/x.sock'), { k: 'unix', path: '/run/x.sock' })
  t.strictSame(parseUpstream('db.internal:5432'), { k: 'tcp', host: 'db.internal', port: 5432 })
})

t.test('address: anything else is refused', async (t) => {
  const none = [
    '',
    '8080',
    'host',
    'host:',
    'host:65536',
    '[nope]:1',
    '::1:80',
    'unix:x',
    'http://a:1',
    `unix:/${'x'.repeat(103)}`,
  ]
  for (const text of none) t.equal(parseListen(text), undefined, text)
  for (const text of [':8080', 'host:0']) t.equal(parseUpstream(text), undefined, text)
})

t.test('address: networks are addresses or CIDRs', async (t) => {
  for (const text of ['10.0.0.1', '10.0.0.0/8', '::1', 'fd00::/8', '0.0.0.0/0'])
    t.ok(isNetwork(text), text)
  for (const text of ['', 'host', '10.0.0.0/33', '::/129', '10.0.0.0/', '10.0.0.0/8/8'])
    t.notOk(isNetwork(text), text)
})

t.test('address: a target reaches a listener of the same port on this machine', async (t) => {
  const at = (text: string): ListenAddress => parseListen(text) ?? (t.fail(text) as never)
  const yes = [
    ['127.0.0.1:80', ':80'],
    ['localhost:80', '127.0.0.1:80'],
    ['127.0.0.9:80', '0.0.0.0:80'],
    ['[::1]:80', '[::]:80'],
    ['0.0.0.0:80', '127.0.0.1:80'],
    ['10.0.0.1:80', '10.0.0.1:80'],
    ['unix:/a', 'unix:/a'],
  ] as const
  for (const [to, on] of yes) t.ok(reaches(at(to), at(on)), `${to} → ${on}`)
  const no = [
    ['127.0.0.1:80', ':81'],
    ['10.0.0.1:80', '127.0.0.1:80'],
    ['localhost:80', '10.0.0.1:80'],
    ['unix:/a', ':80'],
    ['unix:/a', 'unix:/b'],
    ['127.0.0.1:0', '127.0.0.1:0'],
  ] as const
  for (const [to, on] of no) t.notOk(reaches(at(to), at(on)), `${to} → ${on}`)
})
