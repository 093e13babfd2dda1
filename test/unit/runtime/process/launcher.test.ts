import { once } from 'node:events'
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ask } from '../../../support/ask.ts'
import { processTrial } from '../../../support/process-trial.ts'

const root = process.getuid?.() === 0
const missing = (message: RegExp) => ({ reason: 'command_missing', message })
const failed = (message: RegExp) => ({ reason: 'failed', message })
const shell = (script: string) => ({ command: ['/bin/sh', '-c', script] as const })

async function directory(t: Test): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'coldfront-'))
  t.teardown(() => rm(dir, { recursive: true, force: true }))
  return dir
}

t.test(
  'command: what is missing is named: the command, its right to run, the working directory',
  async (t) => {
    const { start } = await processTrial(t)
    const workdir = await directory(t)
    await writeFile(join(workdir, 'run.sh'), '#!/bin/sh\necho here\n')
    await t.rejects(start({ command: ['nowhere'] }), missing(/nowhere does not exist/))
    await t.rejects(start({ command: ['/nowhere'] }), missing(/nowhere does not exist/))
    await t.rejects(start({ command: [workdir] }), missing(/does not exist/))
    await t.rejects(start({ command: ['./run.sh'], workdir }), missing(/not executable/))
    await t.rejects(start({ workdir: '/nowhere' }), missing(/working directory \/nowhere/))
    await chmod(join(workdir, 'run.sh'), 0o755)
    await t.resolves(start({ command: ['./run.sh'], workdir }))
  },
)

t.test('environment: a configured PWD arrives, although shells set their own', async (t) => {
  const { start, printed } = await processTrial(t)
  const env = { PWD: '/somewhere', coldfront: '1' }
  const running = await start({ command: ['env'], env })
  t.notOk((await printed(running, 'PWD=/somewhere')).includes('PWD=/'))
})

t.test(
  'user: the process runs as it, with its home',
  { skip: !root && 'needs root' },
  async (t) => {
    const { start, printed } = await processTrial(t)
    const who = await start({ ...shell('id -u; id -g; id -G; echo "$HOME"'), user: 'nobody' })
    const [uid, gid, groups, home] = await printed(who, /^\//)
    t.ok(Number(uid) > 0)
    t.equal(groups, gid)
    t.equal(home, '/nonexistent')
    const number = await start({ ...shell('echo "$(id -u):$(id -g)"'), user: '12345' })
    t.same(await printed(number, /:/), ['12345:12345'])
    const group = await start({ ...shell('echo "$(id -u):$(id -g)"'), user: 'nobody:0' })
    t.same(await printed(group, /:/), [`${uid}:0`])
  },
)

t.test('user: one that is not known is told', async (t) => {
  const { start } = await processTrial(t)
  await t.rejects(start({ user: 'no-such-user' }), failed(/no-such-user/))
  await t.rejects(start({ user: '0:no-such-group' }), failed(/no-such-group/))
})

t.test(
  'user: a gateway that is root warns once for each function without one',
  { skip: !root && 'needs root' },
  async (t) => {
    const { start, seen } = await processTrial(t)
    await start({ command: ['sleep', '1000'] })
    await start({ command: ['sleep', '1000'] })
    const notices = seen.filter((e) => e.k === 'notice')
    t.equal(notices.length, 1)
    t.match(notices[0], { level: 'warn', message: /app runs as root/ })
  },
)

t.test(
  'socket: a relative one lies in a directory of the instance’s own, which goes with it',
  async (t) => {
    const { runtime, start, runDir } = await processTrial(t)
    const running = await start({ listening: { k: 'socket', path: 'app.sock' } })
    const dir = join(runDir, running.ref.instance)
    t.match(running.endpoint, { k: 'unix', path: join(dir, 'app.sock') })
    t.match(JSON.parse(await ask(running.endpoint, '/env?names=PORT')), { PORT: null })
    await runtime.stop(running.ref, 5_000)
    await t.rejects(stat(dir), { code: 'ENOENT' })
  },
)

t.test('socket: an absolute one is taken as it is, and a stale one is cleared away', async (t) => {
  const { runtime, start } = await processTrial(t)
  const path = join(await directory(t), 'app.sock')
  const first = await start({ listening: { k: 'socket', path } })
  // Killed it cannot clear up; asked to end it might.
  const { pid } = JSON.parse(await ask(first.endpoint, '/')) as { pid: number }
  process.kill(pid, 'SIGKILL')
  await runtime.stop(first.ref, 0)
  t.ok((await stat(path)).isSocket())
  const second = await start({ listening: { k: 'socket', path } })
  t.match(JSON.parse(await ask(second.endpoint, '/')), { requests: 1 })
})

t.test(
  'socket: one that somebody listens on is taken, and one that is too long is told',
  async (t) => {
    const { start } = await processTrial(t)
    const path = join(await directory(t), 'app.sock')
    const server = createServer().listen(path)
    t.teardown(() => server.close())
    await once(server, 'listening')
    await t.rejects(start({ listening: { k: 'socket', path } }), {
      reason: 'port_taken',
      message: /listens on/,
    })
    const long = `/${'x'.repeat(110)}`
    await t.rejects(start({ listening: { k: 'socket', path: long } }), { message: /longer than/ })
  },
)
