/** What a watch tells, and which looks it spares. */

import t from 'tap'
import type { Test } from 'tap'
import { functionId, instanceId, revisionId, runId } from '../../../../src/domain/ids.ts'
import { Ledger } from '../../../../src/runtime/docker/ledger.ts'
import { DOCKER_LIMITS } from '../../../../src/runtime/docker/limits.ts'
import type { Fact, Phase, Present } from '../../../../src/runtime/runtime.ts'

function present(handle: string, phase: Phase, start = '1'): Present {
  const ref = { instance: instanceId(handle), fn: functionId('app'), handle }
  return { k: 'present', ref, revision: revisionId('r1'), phase, run: runId(start, handle) }
}

/** A ledger whose looks are answered by hand, in the order of asking. */
function scene(t: Test) {
  const told: string[] = []
  const asked: string[] = []
  const answers: ((fact: Fact | undefined) => void)[] = []
  const ledger = new Ledger({
    sink: (f) => told.push(f.k === 'present' ? `${f.ref.handle} ${f.phase}` : f.k),
    look: (id) => {
      asked.push(id)
      return new Promise((resolve) => void answers.push(resolve))
    },
    failed: (error) => t.fail(String(error)),
  })
  const answer = async (fact: Fact | undefined): Promise<void> => {
    answers.shift()?.(fact)
    await new Promise((resolve) => void setImmediate(resolve))
  }
  return { ledger, told, asked, answer }
}

t.test('ledger: what is told again without a change is told once', async (t) => {
  const { ledger, told } = scene(t)
  ledger.tell('a', present('a', 'running'))
  ledger.tell('a', present('a', 'running'))
  ledger.tell('a', present('a', 'paused'))
  ledger.tell('a', present('a', 'running', '2'))
  t.same(told, ['a running', 'a paused', 'a running'])
})

t.test('ledger: events during a look lead to one more look', async (t) => {
  const { ledger, told, asked, answer } = scene(t)
  ledger.event('a', 'start')
  ledger.event('a', 'pause')
  ledger.event('a', 'unpause')
  t.same(asked, ['a'])
  await answer(present('a', 'paused'))
  t.same(asked, ['a', 'a'])
  await answer(present('a', 'running'))
  t.same(told, ['a paused', 'a running'])
  t.equal(asked.length, 2)
})

t.test('ledger: what our own command causes needs no look, its end tells', async (t) => {
  const { ledger, told, asked } = scene(t)
  ledger.begin('a', ['start'])
  ledger.event('a', 'start')
  ledger.end('a', present('a', 'running'))
  t.same(told, ['a running'])
  t.same(asked, [])
})

t.test('ledger: what our own command does not cause is looked at after it', async (t) => {
  const { ledger, told, asked, answer } = scene(t)
  ledger.begin('a', ['start'])
  ledger.event('a', 'start')
  ledger.event('a', 'die')
  ledger.end('a', present('a', 'running'))
  t.same(asked, ['a'])
  await answer(present('a', 'exited'))
  t.same(told, ['a running', 'a exited'])
})

t.test('ledger: a command that failed is followed by a look', async (t) => {
  const { ledger, asked } = scene(t)
  ledger.begin('a', ['start'])
  ledger.end('a', undefined)
  t.same(asked, ['a'])
})

t.test('ledger: a look that a command has overtaken is not told', async (t) => {
  const { ledger, told, asked, answer } = scene(t)
  ledger.event('a', 'unpause')
  ledger.begin('a', ['pause'])
  await answer(present('a', 'running'))
  t.same(told, [])
  ledger.end('a', present('a', 'paused'))
  t.same(told, ['a paused'])
  t.same(asked, ['a'])
})

t.test('ledger: a look that comes back after the end of the container is not told', async (t) => {
  const { ledger, told, answer } = scene(t)
  ledger.tell('a', present('a', 'running'))
  ledger.event('a', 'die')
  ledger.gone('a')
  await answer(present('a', 'exited'))
  t.same(told, ['a running', 'gone'])
  await answer(undefined)
  ledger.gone('a')
  t.same(told, ['a running', 'gone'])
})

t.test('ledger: a whole list tells everything, and the end of what is not in it', async (t) => {
  const { ledger, told, answer } = scene(t)
  ledger.tell('a', present('a', 'running'))
  ledger.tell('b', present('b', 'running'))
  const syncing = ledger.sync(['b', 'c'])
  await answer(present('b', 'running'))
  await answer(present('c', 'exited'))
  await syncing
  t.same(told, ['a running', 'b running', 'gone', 'b running', 'c exited'])
})

t.test('ledger: a later list looks at what runs and at what differs', async (t) => {
  const { ledger, asked } = scene(t)
  ledger.tell('a', present('a', 'running'))
  ledger.tell('b', present('b', 'exited'))
  ledger.tell('c', present('c', 'exited'))
  ledger.relist([
    { id: 'a', state: 'running' },
    { id: 'b', state: 'exited' },
    { id: 'c', state: 'created' },
  ])
  t.same(asked, ['a', 'c'])
})

t.test('ledger: few looks are out at a time', async (t) => {
  const { ledger, asked, answer } = scene(t)
  for (let n = 0; n < 50; n += 1) ledger.mark(`c${n}`)
  t.equal(asked.length, DOCKER_LIMITS.inspectsMax)
  await answer(undefined)
  t.equal(asked.length, DOCKER_LIMITS.inspectsMax + 1)
})

t.test('ledger: after close nothing is told and nothing waits', async (t) => {
  const { ledger, told, answer } = scene(t)
  const syncing = ledger.sync(['a', 'b'])
  ledger.close()
  await answer(present('a', 'running'))
  await answer(present('b', 'running'))
  await syncing
  t.same(told, [])
})
