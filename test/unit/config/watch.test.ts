import t from 'tap'
import { once, EventEmitter } from 'node:events'
import { appendFileSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { ConfigWatch } from '../../../src/config/watch.ts'
import { systemClock, type Clock } from '../../../src/lib/clock.ts'

/** A watch over a directory whose every call and every look can be waited for. */
function watching(
  t: Test,
  files: Record<string, string | Record<string, string>>,
  names: readonly string[],
) {
  const directory = t.testdir({ ...files })
  const events = new EventEmitter()
  let changes = 0
  let timers = 0
  const clock: Clock = {
    ...systemClock,
    timer: (delayMs, fn) => {
      timers += 1
      return systemClock.timer(delayMs, () => {
        fn()
        events.emit('looked')
      })
    },
  }
  const watch = new ConfigWatch({
    clock,
    changed: () => {
      changes += 1
      events.emit('changed')
    },
  })
  watch.update(names.map((name) => join(directory, name)))
  t.teardown(() => watch.close())
  // The clock's timers do not keep the process alive; the test has to.
  const alive = setInterval(() => {}, 1_000)
  t.teardown(() => clearInterval(alive))
  const until = async (event: string, act: () => void) => {
    const seen = once(events, event)
    act()
    await seen
  }
  return {
    at: (name: string) => join(directory, name),
    changed: (act: () => void) => until('changed', act),
    looked: (act: () => void) => until('looked', act),
    watch,
    count: () => changes,
    timers: () => timers,
  }
}

t.test('watch: a file written in place is a change', async (t) => {
  const w = watching(t, { 'a.yaml': '1' }, ['a.yaml'])
  await w.changed(() => writeFileSync(w.at('a.yaml'), '22'))
  t.equal(w.count(), 1)
})

t.test('watch: a file replaced by a rename is a change, again and again', async (t) => {
  const w = watching(t, { 'a.yaml': '1' }, ['a.yaml'])
  for (const text of ['22', '333', '4444']) {
    await w.changed(() => {
      writeFileSync(w.at('.a.yaml.swp'), text)
      renameSync(w.at('.a.yaml.swp'), w.at('a.yaml'))
    })
  }
  t.equal(w.count(), 3)
})

t.test('watch: a file that goes and comes back is a change each time', async (t) => {
  const w = watching(t, { 'a.yaml': '1' }, ['a.yaml'])
  await w.changed(() => rmSync(w.at('a.yaml')))
  await w.changed(() => writeFileSync(w.at('a.yaml'), '1'))
  t.equal(w.count(), 2)
})

t.test(
  'watch: a neighbour is none, and neither is what an included directory does not read',
  async (t) => {
    const w = watching(t, { 'a.yaml': '1', d: {} }, ['a.yaml', 'd'])
    await w.looked(() => writeFileSync(w.at('b.yaml'), '1'))
    await w.looked(() => writeFileSync(w.at('d/notes.txt'), '1'))
    t.equal(w.count(), 0)
    await w.changed(() => writeFileSync(w.at('d/new.yaml'), '1'))
    t.equal(w.count(), 1)
  },
)

t.test('watch: a link that is swapped on the way to the file is a change', async (t) => {
  const w = watching(t, { v1: { 'a.yaml': '1' }, v2: { 'a.yaml': '22' } }, [])
  symlinkSync('v1', w.at('data'))
  symlinkSync('data/a.yaml', w.at('a.yaml'))
  w.watch.update([w.at('a.yaml')])
  await w.changed(() => {
    symlinkSync('v2', w.at('data.tmp'))
    renameSync(w.at('data.tmp'), w.at('data'))
  })
  t.equal(w.count(), 1)
})

t.test('watch: after an update the old paths are forgotten, after close all', async (t) => {
  const w = watching(t, { 'a.yaml': '1', 'b.yaml': '1' }, ['a.yaml'])
  w.watch.update([w.at('b.yaml')])
  await w.looked(() => writeFileSync(w.at('a.yaml'), '22'))
  t.equal(w.count(), 0)
  await w.changed(() => writeFileSync(w.at('b.yaml'), '22'))
  w.watch.close()
  w.watch.close()
  w.watch.update([w.at('b.yaml')])
  writeFileSync(w.at('b.yaml'), '333')
  t.equal(w.count(), 1)
})

t.test('watch: a directory that never comes to rest does not hide a change', async (t) => {
  const w = watching(t, { 'a.yaml': '1' }, ['a.yaml'])
  const noise = setInterval(() => writeFileSync(w.at('b.yaml'), 'x'), 10)
  try {
    await w.changed(() => writeFileSync(w.at('a.yaml'), '22'))
  } finally {
    clearInterval(noise)
  }
  t.equal(w.count(), 1)
})

t.test('watch: a log beside the file that is written to costs no look', async (t) => {
  const w = watching(t, { 'a.yaml': '1', 'access.log': '' }, ['a.yaml'])
  for (let line = 0; line < 50; line += 1) {
    appendFileSync(w.at('access.log'), 'x')
    await new Promise(setImmediate)
  }
  // A write in place is seen as two changes, of its length and of its content.
  await w.changed(() => writeFileSync(w.at('a.yaml'), '22'))
  t.ok(w.timers() <= 2, `timers: ${w.timers()}`)
})

t.test('watch: what a link beside it leads to is written in place', async (t) => {
  const w = watching(t, { 'gateway.conf': '1' }, [])
  symlinkSync('gateway.conf', w.at('a.yaml'))
  w.watch.update([w.at('a.yaml')])
  await w.changed(() => writeFileSync(w.at('gateway.conf'), '22'))
  t.equal(w.count(), 1)
})

t.test('watch: a directory that does not exist is passed over', async (t) => {
  const w = watching(t, { 'a.yaml': '1' }, ['a.yaml', 'none/b.yaml'])
  mkdirSync(w.at('other'))
  await w.changed(() => writeFileSync(w.at('a.yaml'), '22'))
  t.equal(w.count(), 1)
})
