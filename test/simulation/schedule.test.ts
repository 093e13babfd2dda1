import t from 'tap'
import { TABLE } from '../../src/domain/lifecycle.ts'
import { told } from './finding.ts'
import { simulated } from './schedule.ts'

const RUNS = 200

t.test('simulation: random schedules of fixed seeds keep every promise', async (t) => {
  for (let seed = 1; seed <= RUNS; seed += 1) {
    const found = await simulated(seed)
    t.notOk(found, found ? told(found) : `seed ${seed}`)
  }
})

t.test(
  'simulation: what breaks a promise is found again by its seed, with few steps',
  async (t) => {
    const broken = {
      ...TABLE,
      stopping: { ...TABLE.stopping, Started: [{ to: 'stopped' as const }] },
    }
    let seed = 1
    let found = await simulated(seed, broken)
    while (!found && seed < RUNS) found = await simulated((seed += 1), broken)
    t.ok(found)
    t.ok((found?.steps.length ?? 99) <= 6, found ? told(found) : 'nothing found')
    t.strictSame(await simulated(seed, broken), found)
  },
)
