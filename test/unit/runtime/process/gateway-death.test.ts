import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { groupGone } from '../../../support/process-trial.ts'

const DOOMED = fileURLToPath(new URL('../../../support/doomed-gateway.ts', import.meta.url))

/** Starts a gateway in this mode, kills it when it has said what it started, and returns that. */
async function killed(t: Test, mode: string): Promise<{ groups: number[]; dir: string }> {
  const dir = await mkdtemp(join(tmpdir(), 'coldfront-'))
  const gateway = spawn(process.execPath, [DOOMED, mode, dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(async () => {
    gateway.kill('SIGKILL')
    await rm(dir, { recursive: true, force: true })
  })
  let text = ''
  for await (const part of gateway.stdout.setEncoding('utf8')) {
    text += part
    if (text.includes('\n')) break
  }
  gateway.kill('SIGKILL')
  const groups = JSON.parse(text) as number[]
  t.teardown(() => groups.forEach(endGroup))
  return { groups, dir }
}

/** For a failed test: nothing may stay. */
function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // As it should be.
  }
}

t.test(
  'reaper: a killed gateway leaves nothing, neither what is paused nor what ignores SIGTERM',
  async (t) => {
    const { groups } = await killed(t, 'serving')
    t.equal(groups.length, 2)
    await t.resolves(Promise.all(groups.map(groupGone)))
  },
)

t.test('gate: a command whose gateway dies before the gate opens never runs', async (t) => {
  const { groups, dir } = await killed(t, 'gated')
  await t.resolves(Promise.all(groups.map(groupGone)))
  t.notOk(existsSync(join(dir, 'ran')))
})

t.test('reaper: one that was killed is started again and knows all groups', async (t) => {
  const { groups } = await killed(t, 'reaped')
  t.equal(groups.length, 1)
  await t.resolves(Promise.all(groups.map(groupGone)))
})
