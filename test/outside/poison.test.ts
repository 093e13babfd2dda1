/** A request that ends its instance is not handed to the next one. */

import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'

import { LIMITS } from '../../src/domain/limits.ts'
import { startGateway } from '../support/gateway.ts'
import { forEachRuntime } from '../support/world.ts'
import { ShiftedClock } from './shifted-clock.ts'

await forEachRuntime(t, {
  'poison: a GET whose instance dies of it, on a connection that was used before, fails once':
    async (t, world) => {
      const clock = new ShiftedClock()
      const gateway = await startGateway(t, world, { functions: { app: world.app() } }, { clock })
      for (let round = 1; round <= 2; round += 1) {
        await gateway.who()
        await gateway.who()
        clock.shift(LIMITS.youngMs)
        const answer = await gateway.ask('/exit?code=1')
        t.equal(answer.status, 502)
        // Nothing tells of a start that does not happen: what was begun would show by now.
        await wait(200)
        t.equal(gateway.log.all('started').length, round, 'no other instance was asked')
      }
      t.strictSame(gateway.log.all('failed'), [])
    },
})
