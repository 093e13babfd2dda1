/** A body between a client and whoever takes it: order, limits, and second takers. */

import t from 'tap'

import type { ResetCode, Sink, Source } from '../../../src/domain/exchange.ts'
import { HeldBody, HoldBudget } from '../../../src/proxy/held-body.ts'

/** A client's side under the test's control. */
class Client implements Source {
  sink!: Sink
  allowed = 0
  resets: ResetCode[] = []

  start(sink: Sink): void {
    this.sink = sink
  }

  demand(bytes: number): void {
    this.allowed += bytes
  }

  reset(code: ResetCode): void {
    this.resets.push(code)
  }

  send(text: string): boolean {
    return this.sink.data(Buffer.from(text)) === true
  }
}

function held({ holdMax = 10, total = 100 } = {}) {
  const client = new Client()
  const budget = new HoldBudget(total)
  const log: string[] = []
  const body = new HeldBody({
    source: client,
    budget,
    holdMax,
    isAwaited: false,
    wanted: () => log.push('wanted'),
  })
  const sink = (name = ''): Sink => ({
    data: (bytes) => void log.push(name + Buffer.from(bytes).toString()),
    end: (trailers) => log.push(`${name}end ${trailers?.join(':') ?? ''}`.trim()),
    reset: (code) => log.push(name + code),
  })
  return { client, budget, log, body, sink }
}

t.test('held body: reads as much as it may, hands it over in order, then passes', (t) => {
  const { client, budget, log, body, sink } = held()
  body.hold()
  t.equal(client.allowed, 10)
  t.equal(budget.reserve(1_000), 90)
  client.send('one')
  client.send('two')
  body.start(sink())
  t.same(log, [])
  body.demand(100)
  t.same(log, ['wanted', 'one', 'two'])
  t.equal(budget.reserve(1_000), 10)
  // 94 more may come, 4 of them were allowed before.
  t.equal(client.allowed, 10 + 90)
  client.send('three')
  client.sink.end(['A', '1'])
  t.same(log, ['wanted', 'one', 'two', 'three', 'end A:1'])
  t.equal(body.passed, 11)
  t.end()
})

t.test('held body: gives no more than it is asked for', (t) => {
  const { client, log, body, sink } = held()
  body.hold()
  client.send('one')
  client.send('two')
  client.sink.end()
  body.start(sink())
  body.demand(1)
  t.same(log, ['wanted', 'one'])
  // 'one' took 2 bytes more than it was given.
  body.demand(2)
  t.same(log, ['wanted', 'one'])
  body.demand(1)
  t.same(log, ['wanted', 'one', 'two', 'end'])
  t.end()
})

t.test(
  'held body: bytes are the client’s side’s again when they passed and were read, never when kept',
  (t) => {
    const { client, body, sink } = held()
    body.hold()
    t.equal(client.send('kept'), false)
    let isRead = true
    body.start({ ...sink(), data: () => isRead })
    body.demand(100)
    t.equal(client.send('read'), true)
    isRead = false
    t.equal(client.send('on its way'), false)
    body.reset('cancelled')
    t.equal(client.send('late'), true)
    t.end()
  },
)

t.test('held body: without budget nothing is read', (t) => {
  const { client, budget, body } = held({ total: 4 })
  t.equal(budget.reserve(3), 3)
  body.hold()
  t.equal(client.allowed, 1)
  const second = held({ total: 0 })
  second.body.hold()
  t.equal(second.client.allowed, 0)
  t.equal(second.client.sink, undefined)
  t.end()
})

t.test('held body: a second taker gets all of what the first one did not take', (t) => {
  const { client, log, body, sink } = held()
  body.hold()
  body.start(sink('1:'))
  t.equal(body.isWhole, true)
  body.detach()
  client.send('one')
  client.sink.end()
  body.start(sink('2:'))
  body.demand(10)
  t.same(log, ['wanted', '2:one', '2:end'])
  t.equal(body.isWhole, false)
  t.end()
})

t.test('held body: a break is told at once, what is kept is forgotten', (t) => {
  const { client, budget, log, body, sink } = held()
  body.hold()
  client.send('one')
  client.sink.reset('client_broken')
  t.equal(budget.reserve(1_000), 100)
  t.equal(body.isWhole, false)
  body.start(sink())
  t.same(log, ['client_broken'])
  t.end()
})

t.test('held body: a reset reaches the client’s side once and gives the budget back', (t) => {
  const { client, budget, log, body, sink } = held()
  body.hold()
  client.send('one')
  body.reset('cancelled')
  body.reset('cancelled')
  t.same(client.resets, ['cancelled'])
  t.equal(budget.reserve(1_000), 100)
  body.start(sink())
  client.send('late')
  client.sink.end()
  t.same(log, [])
  t.end()
})

t.test('held body: is blind when it has read what it may and the end is not there', (t) => {
  const { client, body, sink } = held({ holdMax: 3 })
  body.hold()
  t.equal(body.isBlind, false)
  client.send('one')
  t.equal(body.isBlind, true)
  body.start(sink())
  body.demand(10)
  t.equal(body.isBlind, false)
  t.end()
})
