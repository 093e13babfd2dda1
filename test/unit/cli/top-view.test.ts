import t from 'tap'
import { type Shown, offsetMax, topLines } from '../../../src/cli/top-view.ts'
import type { FunctionStatus } from '../../../src/domain/status.ts'
import { BUDGET, LAST_WAKE, functionStatus } from '../admin/fake-source.ts'

const NOW = 10_000_000

const gateway = (functions: readonly FunctionStatus[]) => ({
  version: '1.2.3',
  startedAt: NOW - 7_200_000,
  config: '',
  ready: true,
  runtimes: [],
  budget: BUDGET,
  functions,
})

const shown = (functions: readonly FunctionStatus[], parts: Partial<Shown> = {}): Shown => ({
  status: gateway(functions),
  trouble: undefined,
  now: NOW,
  size: { rows: 10, columns: 100 },
  view: { order: 'name', offset: 0 },
  colour: false,
  ...parts,
})

const many = (count: number) =>
  Array.from({ length: count }, (_, i) => functionStatus(`fn-${String(i).padStart(2, '0')}`))

/** The names in the order in which they are shown. */
const names = (lines: readonly string[]) =>
  lines.flatMap((line) => /^(fn-\d\d|[abc]) /.exec(line)?.[1] ?? [])

t.test('top: a summary, a line for each function, and the keys', async (t) => {
  const busy = functionStatus('a', { condition: 'ready', inFlight: 3, waiters: 2 })
  const lines = topLines(shown([busy, functionStatus('b')]))
  t.equal(lines.length, 10)
  t.match(
    lines[0],
    'coldfront 1.2.3, up 2h   2 functions: 1 ready, 1 cold   3 in flight   2 waiting',
  )
  t.match(lines[1], 'room: 3 of 1000 instances taken')
  t.match(lines[2], /^FUNCTION +CONDITION/)
  t.match(lines[3], /^a +ready .* 3 +2 /)
  t.match(lines.at(-1), 'q quit')
})

t.test('top: never has more lines than the screen, nor longer ones', async (t) => {
  for (const rows of [1, 2, 3, 5, 24]) {
    for (const columns of [1, 20, 200]) {
      const problem = 'a long story about what went wrong with the new revision'
      const functions = [...many(30), functionStatus('a', { problem })]
      const lines = topLines(shown(functions, { size: { rows, columns } }))
      t.equal(lines.length, rows)
      t.ok(lines.every((line) => line.length <= columns))
    }
  }
})

t.test('top: scrolls from the first function to the last', async (t) => {
  const functions = many(20)
  const at = (offset: number) =>
    names(topLines(shown(functions, { view: { order: 'name', offset } })))
  t.strictSame(at(0), ['fn-00', 'fn-01', 'fn-02', 'fn-03', 'fn-04', 'fn-05'])
  const last = offsetMax(gateway(functions), 10)
  t.equal(at(last).at(-1), 'fn-19')
  t.strictSame(at(last + 1), at(last), 'not beyond, as when functions were removed')
  t.equal(offsetMax(gateway(many(2)), 10), 0)
})

t.test('top: one function is one, and a long name leaves room for what it does', async (t) => {
  const name = 'a-function-with-a-long-name-that-is-really-used'
  const busy = functionStatus(name, { condition: 'ready', waiters: 2 })
  const lines = topLines(shown([busy], { size: { rows: 10, columns: 80 } }))
  t.match(lines[0], / 1 function: 1 ready/)
  t.match(lines[3], /^a-function-with-a-long-…  ready .* 2 /)
  const wide = topLines(shown([busy], { size: { rows: 10, columns: 200 } }))
  t.ok(wide[3]?.startsWith(`${name} `))
})

t.test('top: orders by what one asks for', async (t) => {
  const functions = [
    functionStatus('c', { lastWake: { ...LAST_WAKE, at: 5 } }),
    functionStatus('a', { waiters: 1 }),
    functionStatus('b', { inFlight: 7 }),
  ]
  const by = (order: Shown['view']['order']) =>
    names(topLines(shown(functions, { view: { order, offset: 0 } }))).join('')
  t.equal(by('name'), 'abc')
  t.equal(by('activity'), 'bac')
  t.equal(by('last wake'), 'cab')
})

t.test('top: trouble and what needs an eye are shown', async (t) => {
  const lines = topLines(
    shown([functionStatus('a', { problem: 'no such image' })], {
      trouble: 'no gateway is running',
    }),
  )
  t.match(lines[1], 'no gateway is running')
  t.ok(lines.includes('a: no such image'))
})

t.test('top: colour is for terminals that want it, and ends with its line', async (t) => {
  const [summary = ''] = topLines(shown([functionStatus('a')], { colour: true }))
  t.ok(summary.startsWith('\u001b[1mcoldfront'))
  t.ok(summary.endsWith('\u001b[0m'))
  t.notMatch(topLines(shown([functionStatus('a')])).join(''), '\u001b')
})
