import t from 'tap'
import { TABLE } from '../../src/domain/lifecycle.ts'
import { crowded } from './crowd.ts'
import { told } from './finding.ts'

const RUNS = 200

t.test('crowd: functions on a host that is too small for them keep every promise', async (t) => {
  for (let seed = 1; seed <= RUNS; seed += 1) {
    const found = await crowded(seed)
    t.notOk(found, found ? told(found) : `seed ${seed}`)
  }
})

t.test('crowd: what breaks a promise is told with its seed and few steps', async (t) => {
  const Evicted = [{ to: 'stopped' as const }]
  const broken = { ...TABLE, ready: { ...TABLE.ready, Evicted } }
  let found = await crowded(1, broken)
  for (let seed = 2; !found && seed <= RUNS; seed += 1) found = await crowded(seed, broken)
  if (!found) return t.fail('nothing found')
  t.comment(told(found))
  const [head, setting, ...steps] = told(found).split('\n')
  t.equal(head, `seed ${found.seed} breaks a promise: ${found.message}`)
  t.match(setting, /^setting: {"functions":\[/)
  t.ok(steps.length <= 6, `${steps.length} steps`)
  t.strictSame(await crowded(found.seed, broken), found)
})
