import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

import { compileCacheDir } from '../../../src/cli/compile-cache.ts'
import { tempDir } from '../../support/temp-dir.ts'

const uid = process.getuid?.() ?? 0
const getuid = (): number => uid
const asRoot = { skip: uid === 0 ? false : 'only root can give a directory away' }
/** Nobody here is this user. */
const STRANGER = 12_345

t.test('compile cache: it is kept in a directory that is made for this user alone', async (t) => {
  const HOME = tempDir(t)
  const dir = compileCacheDir({ env: { HOME }, getuid })
  t.equal(dir, join(HOME, '.cache/coldfront/code'))
  t.equal(statSync(dir!).mode & 0o777, 0o700)
  t.equal(compileCacheDir({ env: { HOME }, getuid }), dir, 'and found again')
})

t.test('compile cache: its place is what systemd, XDG and HOME name, in this order', async (t) => {
  const at = tempDir(t)
  const [CACHE_DIRECTORY, XDG_CACHE_HOME, HOME] = ['a', 'b', 'c'].map((name) => join(at, name))
  const where = (env: Record<string, string | undefined>) => compileCacheDir({ env, getuid })
  t.equal(
    where({ CACHE_DIRECTORY: `${CACHE_DIRECTORY}:/x`, XDG_CACHE_HOME, HOME }),
    join(at, 'a/code'),
  )
  t.equal(where({ XDG_CACHE_HOME, HOME }), join(at, 'b/coldfront/code'))
  t.equal(where({ XDG_CACHE_HOME: 'relative', HOME }), join(at, 'c/.cache/coldfront/code'))
  t.equal(where({}), undefined)
  t.equal(where({ HOME: 'relative' }), undefined)
})

t.test('compile cache: Node is not told twice, and not against its own switch', async (t) => {
  const HOME = tempDir(t)
  for (const env of [
    { HOME, NODE_DISABLE_COMPILE_CACHE: '1' },
    { HOME, NODE_COMPILE_CACHE: '/x' },
  ])
    t.equal(compileCacheDir({ env, getuid }), undefined)
  t.equal(compileCacheDir({ env: { HOME } }), undefined, 'nor where no owner is known')
  t.notOk(existsSync(join(HOME, '.cache')))
})

t.test('compile cache: a directory that others can write, or get at, is not used', async (t) => {
  for (const [name, mode] of [
    ['.cache/coldfront/code', 0o770],
    ['.cache/coldfront/code', 0o702],
    // Not even with the sticky bit: new files could be put into it.
    ['.cache/coldfront/code', 0o1777],
    ['.cache/coldfront', 0o770],
    ['.cache', 0o707],
  ] as const) {
    const HOME = tempDir(t)
    t.ok(compileCacheDir({ env: { HOME }, getuid }))
    chmodSync(join(HOME, name), mode)
    t.equal(compileCacheDir({ env: { HOME }, getuid }), undefined, `${name} ${mode.toString(8)}`)
  }
})

t.test('compile cache: nothing is made below what others can write', async (t) => {
  const HOME = tempDir(t)
  chmodSync(HOME, 0o777)
  t.equal(compileCacheDir({ env: { HOME }, getuid }), undefined)
  t.notOk(existsSync(join(HOME, '.cache')))
  chmodSync(HOME, 0o1777)
  t.ok(compileCacheDir({ env: { HOME }, getuid }), 'but where nobody can exchange it, as in /tmp')
})

t.test('compile cache: a directory of another user is not used', asRoot, async (t) => {
  for (const name of ['.cache/coldfront/code', '.cache/coldfront', '.cache', '.']) {
    const HOME = tempDir(t)
    t.ok(compileCacheDir({ env: { HOME }, getuid }))
    chownSync(join(HOME, name), STRANGER, STRANGER)
    t.equal(compileCacheDir({ env: { HOME }, getuid }), undefined, name)
  }
})

t.test('compile cache: one that belongs to root is not written by a user', asRoot, async (t) => {
  const HOME = tempDir(t)
  t.ok(compileCacheDir({ env: { HOME }, getuid }))
  t.equal(compileCacheDir({ env: { HOME }, getuid: () => STRANGER }), undefined)
})

t.test('compile cache: a link or a file in its place is not followed', async (t) => {
  const [HOME, elsewhere] = [tempDir(t), tempDir(t)]
  mkdirSync(join(HOME, '.cache/coldfront'), { recursive: true, mode: 0o700 })
  symlinkSync(elsewhere, join(HOME, '.cache/coldfront/code'))
  t.equal(compileCacheDir({ env: { HOME }, getuid }), undefined)
  const other = tempDir(t)
  mkdirSync(join(other, 'coldfront'))
  writeFileSync(join(other, 'coldfront/code'), '')
  t.equal(compileCacheDir({ env: { XDG_CACHE_HOME: other }, getuid }), undefined)
})

t.test('compile cache: a home behind a link is found by its real name', async (t) => {
  const [at, home] = [tempDir(t), tempDir(t)]
  symlinkSync(home, join(at, 'home'))
  const dir = compileCacheDir({ env: { HOME: join(at, 'home') }, getuid })
  t.equal(dir, join(home, '.cache/coldfront/code'))
})

t.test('compile cache: what too many versions left is removed, and nothing else', async (t) => {
  const CACHE_DIRECTORY = tempDir(t)
  const dir = compileCacheDir({ env: { CACHE_DIRECTORY }, getuid })!
  const [old, mine] = [join(dir, 'v24.0.0-x64-1'), join(dir, 'mine')]
  for (const path of [old, mine]) mkdirSync(path)
  for (let i = 0; i < 4_000; i += 1) writeFileSync(join(old, `${i}`), '')
  t.equal(compileCacheDir({ env: { CACHE_DIRECTORY }, getuid }), dir)
  t.ok(existsSync(old))
  writeFileSync(join(old, 'one-more'), '')
  t.equal(compileCacheDir({ env: { CACHE_DIRECTORY }, getuid }), dir)
  t.notOk(existsSync(old))
  t.ok(existsSync(mine))
})
