/**
 * The HTTP contract against upstreams and clients that break off anywhere. Whatever they do: one release for
 * each lease, one end for each reply, no fault of ours, and the process lives.
 */

import type { AddressInfo } from 'node:net'

import t from 'tap'

import { HttpContract } from '../../src/contract/http.ts'
import { runId } from '../../src/domain/ids.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { ScriptedExchange, ScriptedLease, plainFunction } from '../support/scripted-exchange.ts'
import { Chance, randomHead, randomUpstream } from './random-upstream.ts'

const SEEDS = [1, 2, 3]
const EXCHANGES = 400
const AT_ONCE = 20

const fn = plainFunction({
  timeouts: { connectMs: 1_000, responseMs: 30, idleMs: 30, tunnelMs: 30 },
})

/** The client of one exchange: sends, takes, leaves, by chance, until the lease is back. */
function live(exchange: ScriptedExchange, lease: ScriptedLease, chance: Chance): void {
  const step = (): void => {
    if (lease.outcome) return
    const { sink } = exchange
    switch (chance.below(8)) {
      case 0:
      case 1:
        exchange.sends('he')
        break
      case 2:
        exchange.sends('llo')
        break
      case 3:
        sink?.end()
        break
      case 4:
        if (chance.oneIn(8)) sink?.reset('client_broken')
        break
      case 5:
        if (chance.oneIn(8)) exchange.leave()
        break
      default:
        exchange.takes(chance.below(50_000))
    }
    setImmediate(step)
  }
  setImmediate(step)
}

for (const seed of SEEDS) {
  t.test(`upstreams: nothing they do breaks a promise (seed ${seed})`, async (t) => {
    const chance = new Chance(seed)
    const server = randomUpstream(chance)
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    t.teardown(() => server.close())
    const { port } = server.address() as AddressInfo
    const contract = new HttpContract(systemClock)
    const wrong: string[] = []

    const one = async (): Promise<void> => {
      const run = `run-${chance.below(3)}`
      const endpoint = { k: 'tcp', host: '127.0.0.1', port, proto: 'h1' } as const
      const lease = new ScriptedLease({ endpoint, fn, run })
      const credit = chance.oneIn(3) ? 1 + chance.below(10) : 1_000_000
      const exchange = new ScriptedExchange({ head: randomHead(chance), credit })
      contract.open(lease, exchange)
      live(exchange, lease, chance)
      if (chance.oneIn(50)) contract.close(lease.run, chance.pick(['idle', 'all']))
      const outcome = await lease.released
      const ends = exchange.log.filter((entry) => /^(end|reset)/.test(entry)).length
      const isOurs = outcome.k === 'failed' && outcome.code === 'INTERNAL'
      if (ends > 1 || isOurs) wrong.push(JSON.stringify({ outcome, log: exchange.log }))
    }
    let left = EXCHANGES
    const worker = async (): Promise<void> => {
      while ((left -= 1) >= 0) await one()
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
    for (const run of [0, 1, 2]) contract.close(runId('1', `run-${run}`), 'all')
    t.same(wrong, [])
  })
}
