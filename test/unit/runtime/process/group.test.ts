import t from 'tap'
import { instanceId } from '../../../../src/domain/ids.ts'
import { hasProc, processStat } from '../../../../src/runtime/process/proc.ts'
import { APP, commandFunction } from '../../../support/command-function.ts'
import { ask } from '../../../support/ask.ts'
import { never, pidOf, processTrial } from '../../../support/process-trial.ts'

const shell = (script: string) => ({ command: ['/bin/sh', '-c', script] as const })
const app = `"${process.execPath}" "${APP}"`

/** A zombie that its new parent has not collected yet does not live. */
const lives = (pid: number): boolean => {
  if (hasProc) return ![undefined, 'Z'].includes(processStat(pid)?.state)
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

t.test('group: stop ends grandchildren too, and waits for them', async (t) => {
  const { runtime, start } = await processTrial(t)
  const running = await start(shell(`trap 'exit 0' TERM; ${app} & wait`))
  const { pid } = JSON.parse(await ask(running.endpoint, '/'))
  t.not(pid, pidOf(running))
  await runtime.stop(running.ref, 5_000)
  t.notOk(lives(pid))
})

t.test(
  'group: when the leader exits by itself, what it leaves is ended before the exit is told',
  async (t) => {
    const { start, facts } = await processTrial(t)
    const running = await start(shell('sleep 1000 & echo $!; exit 7'))
    const { exit } = await facts.phase(running.ref.instance, 'exited')
    t.equal(exit?.code, 7)
    t.notOk(lives(Number(exit?.log[0])))
  },
)

t.test('group: a longer grace is cut short by a second stop', async (t) => {
  const { runtime, start, printed } = await processTrial(t)
  const running = await start({ env: { IGNORE_TERM: '1' } })
  await ask(running.endpoint, '/')
  const slow = runtime.stop(running.ref, Infinity)
  await printed(running, 'got SIGTERM')
  const exit = await runtime.stop(running.ref, 0)
  t.equal(exit.signal, 'SIGKILL')
  t.same(await slow, exit)
  t.equal(exit.log.filter((line) => line === 'got SIGTERM').length, 1)
})

t.test('group: output of the last moment is told before the exit', async (t) => {
  const { start, facts } = await processTrial(t)
  const running = await start(shell('echo out; echo err >&2; exit 1'))
  const { exit } = await facts.phase(running.ref.instance, 'exited')
  t.same([...(exit?.log ?? [])].sort(), ['err', 'out'])
})

t.test('process: an aborted start runs nothing of the command', async (t) => {
  const { runtime, start, seen, printed } = await processTrial(t)
  const abort = new AbortController()
  const fn = commandFunction(shell('echo ran'))
  const ref = await runtime.create(fn, instanceId('aborted'), never)
  const starting = runtime.start(fn, ref, abort.signal)
  abort.abort(new Error('no longer wanted'))
  await t.rejects(starting, { message: 'no longer wanted' })
  // Once a later run is heard there was time for the other's line.
  await printed(await start(shell('echo later')), 'later')
  t.notOk(seen.some((e) => e.k === 'output' && e.line === 'ran'))
})
