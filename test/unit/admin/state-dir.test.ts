import t from 'tap'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { claimSocket } from '../../../src/admin/socket-claim.ts'
import { ADMIN_SOCKET } from '../../../src/config/load.ts'
import { tempDir } from '../../support/temp-dir.ts'
import { openStateDir, StateDirError } from '../../../src/admin/state-dir.ts'

t.test('state directory: is made for its owner alone, and keeps what it made', async (t) => {
  const dir = join(tempDir(t), 'deep/state')
  const first = openStateDir(dir)
  t.equal(statSync(dir).mode & 0o777, 0o700)
  t.strictSame(readdirSync(dir).sort(), ['key', 'owner', 'token', 'version'])
  for (const name of readdirSync(dir)) t.equal(statSync(join(dir, name)).mode & 0o777, 0o600)
  t.equal(first.key.length, 32)
  t.equal(Buffer.from(first.token, 'base64url').length, 32)
  t.strictSame(openStateDir(dir), first)
})

t.test(
  'state directory: its socket is the one that the configuration keeps functions away from',
  async (t) => {
    const dir = tempDir(t)
    t.equal(openStateDir(dir).socket, join(dir, ADMIN_SOCKET))
  },
)

t.test(
  'state directory: a key that others may read is refused, and the cure is named',
  async (t) => {
    const dir = join(tempDir(t), 'state')
    openStateDir(dir)
    chmodSync(join(dir, 'key'), 0o640)
    t.throws(() => openStateDir(dir), { name: 'StateDirError', message: /chmod 600/ })
  },
)

t.test('state directory: one that others may write to is refused', async (t) => {
  const dir = tempDir(t)
  chmodSync(dir, 0o777)
  t.throws(() => openStateDir(dir), { name: 'StateDirError', message: /chmod 700/ })
})

t.test('state directory: a damaged key is not taken for one', async (t) => {
  const dir = join(tempDir(t), 'state')
  openStateDir(dir)
  writeFileSync(join(dir, 'key'), '')
  t.throws(() => openStateDir(dir), { name: 'StateDirError', message: /damaged/ })
})

t.test('state directory: one of a newer coldfront is left as it is', async (t) => {
  const dir = join(tempDir(t), 'state')
  mkdirSync(dir, { mode: 0o700 })
  writeFileSync(join(dir, 'version'), '2\n', { mode: 0o600 })
  t.throws(() => openStateDir(dir), { name: 'StateDirError', message: /newer coldfront.*format 2/ })
  t.strictSame(readdirSync(dir), ['version'])
})

t.test('state directory: one of before there were versions is carried over', async (t) => {
  const dir = join(tempDir(t), 'state')
  const first = openStateDir(dir)
  unlinkSync(join(dir, 'version'))
  t.strictSame(openStateDir(dir), first)
  t.equal(readFileSync(join(dir, 'version'), 'utf8'), '1\n')
})

t.test(
  'state directory: a place that cannot be one is refused with the option to set',
  async (t) => {
    const dir = tempDir(t)
    writeFileSync(join(dir, 'file'), '')
    t.throws(() => openStateDir(join(dir, 'file/state')), { message: /Set stateDir/ })
    t.throws(() => openStateDir(`/tmp/${'x'.repeat(120)}`), { message: /too long for a socket/ })
  },
)

t.test('admin socket: a stale one is removed', async (t) => {
  const path = join(tempDir(t), 'admin.sock')
  const server = createServer().listen(`${path}.first`)
  await once(server, 'listening')
  linkSync(`${path}.first`, path)
  server.close()
  await once(server, 'close')
  await claimSocket(path)
  t.notOk(existsSync(path))
  await claimSocket(path)
})

t.test('admin socket: one that answers belongs to a living gateway and stays', async (t) => {
  const path = join(tempDir(t), 'admin.sock')
  const server = createServer((socket) => socket.destroy()).listen(path)
  t.teardown(() => server.close())
  await once(server, 'listening')
  await t.rejects(claimSocket(path), StateDirError)
  t.ok(existsSync(path))
})

t.test('admin socket: a file that is no socket is left alone', async (t) => {
  const path = join(tempDir(t), 'notes.txt')
  writeFileSync(path, 'precious')
  await t.rejects(claimSocket(path), /is no socket/)
  t.ok(existsSync(path))
})
