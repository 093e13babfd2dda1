import t from 'tap'
import { type Permit, StartPermits } from '../../../src/activator/permits.ts'
import { functionId } from '../../../src/domain/ids.ts'

class Line {
  readonly permits: StartPermits
  /** Who was granted, in order. */
  readonly granted: string[] = []
  readonly #out = new Map<string, Permit>()

  constructor(concurrent: number) {
    this.permits = new StartPermits(concurrent)
  }

  ask(name: string) {
    return this.permits.request(functionId(name.slice(0, 1)), (permit) => {
      this.granted.push(name)
      this.#out.set(name, permit)
    })
  }

  giveBack(name: string): void {
    this.#out.get(name)?.release()
  }
}

t.test('permits: no more are out than the limit says', async (t) => {
  const line = new Line(2)
  for (const name of ['a1', 'a2', 'a3']) line.ask(name)
  t.strictSame(line.granted, ['a1', 'a2'])
  line.giveBack('a1')
  t.strictSame(line.granted, ['a1', 'a2', 'a3'])
})

t.test('permits: functions take turns, whoever asked most', async (t) => {
  const line = new Line(1)
  for (const name of ['a1', 'a2', 'a3', 'b1', 'c1', 'b2']) line.ask(name)
  for (const name of ['a1', 'a2', 'b1', 'c1', 'a3']) line.giveBack(name)
  t.strictSame(line.granted, ['a1', 'a2', 'b1', 'c1', 'a3', 'b2'])
})

t.test('permits: a permit given back twice counts once', async (t) => {
  const line = new Line(1)
  line.ask('a1')
  line.giveBack('a1')
  line.giveBack('a1')
  for (const name of ['b1', 'c1']) line.ask(name)
  t.strictSame(line.granted, ['a1', 'b1'])
})

t.test(
  'permits: a request that is withdrawn is passed over, and cannot be withdrawn twice',
  async (t) => {
    const line = new Line(1)
    const first = line.ask('a1')
    t.equal(first.withdraw(), false, 'it was granted already')
    const second = line.ask('b1')
    line.ask('b2')
    line.ask('c1')
    t.equal(second.withdraw(), true)
    t.equal(second.withdraw(), false)
    line.giveBack('a1')
    line.giveBack('b2')
    t.strictSame(line.granted, ['a1', 'b2', 'c1'])
  },
)

t.test('permits: a larger limit is used at once, a smaller one as permits come back', async (t) => {
  const line = new Line(1)
  for (const name of ['a1', 'a2', 'a3', 'a4']) line.ask(name)
  line.permits.resize(1)
  t.strictSame(line.granted, ['a1', 'a2'])
  line.permits.resize(-1)
  line.giveBack('a1')
  t.strictSame(line.granted, ['a1', 'a2'], 'one is out, as the limit says now')
  line.giveBack('a2')
  t.strictSame(line.granted, ['a1', 'a2', 'a3'])
})
