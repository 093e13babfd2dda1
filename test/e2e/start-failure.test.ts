/** Functions that do not come up: who waited is told at once, the operator is told why, and the others go on. */

import t from 'tap'
import type { Test } from 'tap'

import { type TestGateway, startGateway } from '../support/gateway.ts'
import type { Answered } from '../support/http-ask.ts'
import { type Options, type World, forEachRuntime, onDocker } from '../support/world.ts'

interface Expected {
  readonly status: number
  readonly code: string
  /** Why, in the words of the status. */
  readonly reason: string
  /** What happened, and what to do next; that it begins with the function's name goes without saying. */
  readonly message: RegExp
  /** A line of what it printed. */
  readonly log?: RegExp
}

function isProblem(t: Test, answer: Answered, status: number, code: string): void {
  t.equal(answer.status, status, answer.text)
  t.equal(answer.headers['content-type'], 'application/problem+json')
  t.match(JSON.parse(answer.text), { status, code, type: `urn:coldfront:error:${code}` })
}

/** A function that fails next to one that does not. */
async function fails(
  t: Test,
  world: World,
  app: Options,
  expected: Expected,
): Promise<TestGateway> {
  const { status, code, reason, message, log } = expected
  const gateway = await startGateway(t, world, { functions: { app, healthy: world.app() } })
  const answer = await gateway.ask('/')
  isProblem(t, answer, status, code)
  t.notMatch(answer.text, /exit|code 3|nowhere|EXIT/, 'internals stay inside')
  const found = await gateway.untilStatus('the failure', ({ lastError }) => lastError !== undefined)
  t.match(found.lastError, { reason, message: /^app: / })
  t.match(found.lastError?.message, message)
  t.match(
    await gateway.until('failed'),
    { reason, message: found.lastError?.message },
    'in the log',
  )
  if (log) {
    const { lastError } = await gateway.untilStatus(`its last lines`, ({ lastError }) =>
      (lastError?.log ?? []).some((line) => log.test(line)),
    )
    t.match(lastError?.log.join('\n'), log)
  }
  const again = await gateway.ask('/')
  isProblem(t, again, 503, 'START_BACKOFF')
  t.match(again.headers['retry-after'], /^[1-9]\d*$/)
  t.match(await gateway.status(), { condition: 'backoff' })
  t.equal((await gateway.ask('/', { fn: 'healthy' })).status, 200, 'the others go on')
  return gateway
}

await forEachRuntime(t, {
  'start failure: a command that does not exist': async (t, world) => {
    await fails(t, world, world.app({ command: ['/nowhere/app'] }), {
      status: 502,
      code: 'START_FAILED',
      // A container's init finds it out, and exits with 127: right after the start call or a moment later.
      reason: 'command_missing',
      message:
        world.name === 'docker'
          ? /exited with code 127, a command was not found: correct command: or entrypoint:/
          : /command \/nowhere\/app does not exist .*: install it, or correct command:/,
    })
  },

  'start failure: a command that is there and cannot be run': async (t, world) => {
    // A file that the engine puts into every container, and one that every machine has.
    const file = world.name === 'docker' ? '/etc/hosts' : '/etc/passwd'
    await fails(t, world, world.app({ command: [file] }), {
      status: 502,
      code: 'START_FAILED',
      reason: 'command_missing',
      message:
        world.name === 'docker'
          ? /exited with code 126, .*: make it executable/
          : /\/etc\/passwd is not executable: make it so \(chmod \+x\)/,
    })
  },

  'start failure: an app that is done at once': async (t, world) => {
    await fails(t, world, world.app({ env: { EXIT_AT_ONCE: '0' } }), {
      status: 502,
      code: 'START_FAILED',
      reason: 'exited',
      message: /exited with code 0, as if it were done: let it stay in the foreground/,
      log: /exits at once with 0/,
    })
  },

  'start failure: an app that exits at once, with its last lines for the operator': async (
    t,
    world,
  ) => {
    await fails(t, world, world.app({ env: { EXIT_AT_ONCE: '3' } }), {
      status: 502,
      code: 'START_FAILED',
      reason: 'exited',
      message: /exited with code 3: its last lines may say why/,
      log: /exits at once with 3/,
    })
  },

  'start failure: an app that never listens': async (t, world) => {
    const app = world.app({ env: { NEVER_LISTEN: '1' }, readiness: { timeout: '1s' } })
    await fails(t, world, app, {
      status: 504,
      code: 'START_TIMEOUT',
      reason: 'port_closed',
      message: /not ready within readiness\.timeout \(1 s\): see whether it listens/,
      log: /pid \d+ begins/,
    })
  },

  'start failure: after the backoff a request tries again; a mended function is tried at once':
    async (t, world) => {
      const broken = { functions: { app: world.app({ command: ['/nowhere/app'] }) } }
      const gateway = await startGateway(t, world, broken)
      t.equal((await gateway.ask('/')).status, 502)
      t.match(await gateway.until('failed'), { backoffMs: 1_000 })
      await gateway.untilStatus('the end of the backoff', ({ backoffMs }) => backoffMs === 0)
      t.equal((await gateway.ask('/')).status, 502)
      t.match(await gateway.until('failed'), { backoffMs: 2_000 })
      // What is mended need not wait.
      await gateway.rewrite({ functions: { app: world.app() } })
      await gateway.reload()
      t.equal((await gateway.ask('/')).status, 200)
      t.match(await gateway.status(), { condition: 'ready', backoffMs: 0 })
    },

  'start failure: all who wait are told together': async (t, world) => {
    const app = world.app({ env: { NEVER_LISTEN: '1' }, readiness: { timeout: '2s' } })
    const gateway = await startGateway(t, world, { functions: { app } })
    const asked = Array.from({ length: 10 }, () => gateway.ask('/'))
    await gateway.held(10)
    const statuses = (await Promise.all(asked)).map(({ status }) => status)
    t.strictSame(new Set(statuses), new Set([504]))
    await gateway.until('failed')
    t.equal(gateway.log.all('failed').length, 1)
  },
})

await onDocker(t, {
  'start failure: an image that does not exist': async (t, world) => {
    await fails(
      t,
      world,
      { image: 'coldfront-test/nowhere:none', pull: 'never' },
      {
        status: 502,
        code: 'START_FAILED',
        reason: 'image_missing',
        message: /nowhere:none is not on the engine, .*: build or load it/,
      },
    )
  },

  'start failure: an existing container that does not exist': async (t, world) => {
    await fails(
      t,
      world,
      { container: 'coldfront-test-nowhere' },
      {
        status: 502,
        code: 'START_FAILED',
        reason: 'container_missing',
        message: /no container "coldfront-test-nowhere": make it/,
      },
    )
  },
})
