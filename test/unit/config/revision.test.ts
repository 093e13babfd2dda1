import t from 'tap'
import { revisionOf } from '../../../src/config/revision.ts'
import type { Spec } from '../../../src/domain/function.ts'

const spec = (env: Record<string, string>, workdir = '/'): Spec => ({
  k: 'command',
  command: ['node', 'x.js'],
  workdir,
  env,
  listening: undefined,
  user: undefined,
})

t.test('revision: the order of keys and what is undefined do not count', async (t) => {
  const { user: _, ...rest } = spec({ A: '1', B: '2' }) as Extract<Spec, { k: 'command' }>
  t.equal(revisionOf(spec({ B: '2', A: '1' })), revisionOf(spec({ A: '1', B: '2' })))
  t.equal(revisionOf(rest as Spec), revisionOf(spec({ A: '1', B: '2' })))
  t.match(revisionOf(spec({})), /^[0-9a-f]{16}$/)
})

t.test('revision: every value counts, and the order of lists', async (t) => {
  const one = revisionOf(spec({ A: '1' }))
  t.not(revisionOf(spec({ A: '2' })), one)
  t.not(revisionOf(spec({ A: '1' }, '/tmp')), one)
  const swapped: Spec = {
    ...(spec({ A: '1' }) as Extract<Spec, { k: 'command' }>),
    command: ['x.js', 'node'],
  }
  t.not(revisionOf(swapped), one)
})

t.test('revision: the same spec has the same name in every release', async (t) => {
  // Instances outlive the gateway: another name for an unchanged spec would replace them all.
  t.equal(revisionOf(spec({ A: '1' })), '3ff40caaefe05547')
})
