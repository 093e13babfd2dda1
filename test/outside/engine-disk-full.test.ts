/**
 * The engine has no room left: what runs is served, what would have to be made fails at once and says why, and all is
 * well again when somebody makes room. On an engine of the test's own, whose disk is small.
 */

import { rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

import { startGateway } from '../support/gateway.ts'
import { whoIs } from '../support/world.ts'
import { ownEngine } from './own-engine.ts'

/** The image of the tests, twice over. */
const DISK_MIB = 320

const own = await ownEngine(t, { diskMib: DISK_MIB })
if (own) {
  const { engine, world } = own
  const full = join(engine.disk, 'full')

  /** To the last block: the engine writes little. */
  const fill = (): void => {
    const { bfree, bsize } = statfsSync(engine.disk)
    writeFileSync(full, Buffer.alloc(bfree * bsize))
  }

  await t.test(
    'engine’s disk full: a cold start fails at once for all who wait, by its name, and works when room is made',
    async (t) => {
      const gateway = await startGateway(t, world, {
        functions: { app: world.app(), other: world.app() },
      })
      const before = await gateway.ask('/')
      fill()
      const answers = await Promise.all([
        gateway.ask('/', { fn: 'other' }),
        gateway.ask('/', { fn: 'other' }),
      ])
      for (const { status, text } of answers) {
        t.equal(status, 502)
        t.equal(JSON.parse(text).code, 'START_FAILED')
        t.notMatch(text, /space|disk/, 'internals stay inside')
      }
      const failed = await gateway.until('failed', 'other')
      t.match(failed, {
        reason: 'disk_full',
        message: /^other: could not .*no space left.*: make room/,
      })
      t.match(await gateway.status('other'), {
        condition: 'backoff',
        lastError: { reason: 'disk_full', message: failed.message },
      })
      const next = await gateway.ask('/', { fn: 'other' })
      t.equal(next.status, 503)
      t.equal(JSON.parse(next.text).code, 'START_BACKOFF')
      t.match(next.headers['retry-after'], /^[1-9]\d*$/)
      t.equal(whoIs(await gateway.ask('/')), whoIs(before), 'what runs is served')
      t.equal((await gateway.status()).lastError, undefined, 'and not charged')

      rmSync(full)
      await gateway.untilStatus('tried again', ({ backoffMs }) => backoffMs === 0, 'other')
      t.equal((await gateway.ask('/', { fn: 'other' })).status, 200)
      t.match(await gateway.status('other'), { condition: 'ready', backoffMs: 0 })
      t.strictSame(gateway.log.all('alarm'), [])
    },
  )

  await t.test(
    'engine’s disk full: an instance goes to sleep, and one that is kept is started, or says why not',
    async (t) => {
      const idle = { pauseAfter: 'never', stopAfter: '200ms' }
      const gateway = await startGateway(t, world, { functions: { app: world.app({ idle }) } })
      const { host } = await gateway.who()
      fill()
      await gateway.state('dormant')
      const answer = await gateway.ask('/')
      if (answer.status !== 200) {
        t.equal(JSON.parse(answer.text).code, 'START_FAILED')
        t.match(await gateway.until('failed'), { reason: 'disk_full' })
      }
      rmSync(full)
      await gateway.untilStatus('tried again', ({ backoffMs }) => backoffMs === 0)
      t.equal((await gateway.who()).host, host, 'the same container')
      t.strictSame(gateway.log.all('alarm'), [])
    },
  )
}
