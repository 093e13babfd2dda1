/** What becomes of an instance that nobody asks: paused, stopped, removed; and what the next request meets. */

import t from 'tap'

import { startGateway } from '../support/gateway.ts'
import { forEachRuntime, onDocker, whoIs } from '../support/world.ts'

await forEachRuntime(t, {
  'sleep: an idle instance is paused, and a request resumes the same one': async (t, world) => {
    const functions = { app: world.app({ idle: { pauseAfter: '50ms' } }) }
    const gateway = await startGateway(t, world, { functions })
    const before = await gateway.who()
    await gateway.until('paused')
    const answer = await gateway.ask('/')
    t.equal(answer.status, 200)
    t.equal(answer.headers['x-coldfront-start'], 'resumed')
    t.match(answer.headers['server-timing'], /resume;dur=/)
    t.match(JSON.parse(answer.text), { pid: before.pid, startedAt: before.startedAt, requests: 2 })
    t.match(await gateway.until('ready'), { by: 'resumed' })
    await gateway.until('paused')
    t.equal((await gateway.status()).condition, 'paused')
  },

  'sleep: a burst of requests to a paused instance resumes it once and all are answered': async (
    t,
    world,
  ) => {
    const functions = { app: world.app({ idle: { pauseAfter: '50ms' } }) }
    const gateway = await startGateway(t, world, { functions })
    await gateway.who()
    await gateway.until('paused')
    const answers = await Promise.all(Array.from({ length: 20 }, () => gateway.ask('/')))
    t.strictSame(new Set(answers.map(({ status }) => status)), new Set([200]))
    t.equal(new Set(answers.map(whoIs)).size, 1)
    t.equal(gateway.log.all('started').length, 1)
  },

  'sleep: paused, then stopped, and the next request is a cold start': async (t, world) => {
    const idle = { pauseAfter: '50ms', stopAfter: '300ms' }
    const gateway = await startGateway(t, world, { functions: { app: world.app({ idle }) } })
    const before = await gateway.who()
    await gateway.until('paused')
    t.match(await gateway.state('stopping'), { from: 'paused', event: 'SleepExpired' })
    await gateway.until('stopped')
    // A frozen instance hears it, too.
    await gateway.printed('got SIGTERM')
    t.equal((await gateway.status()).condition, 'cold')
    const answer = await gateway.ask('/')
    t.equal(answer.headers['x-coldfront-start'], 'cold')
    t.not(whoIs(answer), whoIs({ text: JSON.stringify(before) }))
  },

  'sleep: without a pause tier it is stopped at once': async (t, world) => {
    const idle = { pauseAfter: 'never', stopAfter: '100ms' }
    const gateway = await startGateway(t, world, { functions: { app: world.app({ idle }) } })
    await gateway.who()
    await gateway.until('stopped')
    t.equal(gateway.log.all('paused').length, 0)
  },

  'sleep: a request while it is being stopped is answered by the next run': async (t, world) => {
    const idle = { pauseAfter: 'never', stopAfter: '100ms' }
    const gateway = await startGateway(t, world, { functions: { app: world.app({ idle }) } })
    const before = await gateway.ask('/')
    await gateway.state('stopping')
    const answer = await gateway.ask('/')
    t.equal(answer.status, 200)
    t.not(whoIs(answer), whoIs(before))
  },
})

await onDocker(t, {
  'sleep: a stopped container is kept, started again while it is there, and removed in the end':
    async (t, world) => {
      const functions = (removeAfter: string) => ({
        app: world.app({ idle: { pauseAfter: '50ms', stopAfter: '100ms', removeAfter } }),
      })
      const gateway = await startGateway(t, world, { functions: functions('1h') })
      const first = await gateway.who()
      await gateway.state('dormant')
      const second = await gateway.who()
      t.equal(second.host, first.host, 'the same container')
      t.not(second.startedAt, first.startedAt, 'another run')
      await gateway.state('dormant')
      await gateway.rewrite({ functions: functions('200ms') })
      await gateway.reload()
      await gateway.state('stopped')
      await world.gone(first)
      const third = await gateway.who()
      t.not(third.host, first.host, 'another container')
    },
})
