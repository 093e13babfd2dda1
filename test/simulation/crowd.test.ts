import t from 'tap'
import { TABLE } from '../../src/domain/lifecycle.ts'
import { crowded } from './crowd.ts'

const RUNS = 200

t.test('crowd: functions on a host that is too small for them keep every promise', async (t) => {
  for (let seed = 1; seed <= RUNS; seed += 1)
    t.equal(await crowded(seed, TABLE), undefined, `seed ${seed}`)
})
