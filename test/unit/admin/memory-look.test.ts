import t from 'tap'

import { MemoryLook } from '../../../src/admin/memory-look.ts'
import { type InstanceId, instanceId } from '../../../src/domain/ids.ts'
import { LIMITS } from '../../../src/domain/limits.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const id = instanceId('a-1')

function setup() {
  const clock = new FakeClock()
  const reads: PromiseWithResolvers<ReadonlyMap<InstanceId, number>>[] = []
  const memory = () => {
    const read = Promise.withResolvers<ReadonlyMap<InstanceId, number>>()
    reads.push(read)
    return read.promise
  }
  return { clock, reads, look: new MemoryLook({ clock, memory }) }
}

t.test('memory look: it is read when somebody looks, now and then', async (t) => {
  const { clock, reads, look } = setup()
  look.refresh()
  look.refresh()
  t.equal(reads.length, 1)
  t.equal(look.of(id), undefined)
  reads[0]?.resolve(new Map([[id, 5]]))
  await look.refreshed()
  t.equal(look.of(id), 5)
  clock.advance(LIMITS.memoryEveryMs)
  look.refresh()
  t.equal(reads.length, 2)
  t.equal(look.of(id), 5, 'what was read last serves meanwhile')
})

t.test('memory look: who asks once waits for it, and not for long', async (t) => {
  const { clock, reads, look } = setup()
  const first = look.refreshed()
  reads[0]?.resolve(new Map([[id, 5]]))
  await first
  t.equal(look.of(id), 5)
  t.equal(clock.next, Infinity, 'no timer is left')
  clock.advance(LIMITS.memoryEveryMs)
  const second = look.refreshed()
  clock.advance(LIMITS.memoryWaitMs)
  await second
  t.equal(look.of(id), 5)
})

t.test('memory look: a runtime that fails is left out', async (t) => {
  const { reads, look } = setup()
  const first = look.refreshed()
  reads[0]?.reject(new Error('away'))
  await first
  t.equal(look.of(id), undefined)
})
