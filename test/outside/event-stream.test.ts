/** The engine's stream of events breaks: what happened meanwhile is found, and nobody asks in a loop. */

import { createServer, request } from 'node:http'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'

import type { Clock } from '../../src/lib/clock.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { DOCKER_LIMITS } from '../../src/runtime/docker/limits.ts'
import { startGateway } from '../support/gateway.ts'
import { tempDir } from '../support/temp-dir.ts'
import { type DockerWorld, onDocker, whoIs } from '../support/world.ts'
import { ShiftedClock } from './shifted-clock.ts'
import { LIMITS } from '../../src/domain/limits.ts'

/** An engine whose event streams a test can break, or that ends each at once; everything else passes. */
class FragileEngine {
  readonly path: string
  /** Times that events were asked for. */
  subscriptions = 0
  /** How often all was listed. */
  lists = 0
  endsAtOnce = false
  readonly #streams = new Set<() => void>()

  private constructor(path: string) {
    this.path = path
  }

  static async listen(t: Test, { engine }: DockerWorld): Promise<FragileEngine> {
    const server = createServer()
    const fragile = new FragileEngine(join(tempDir(t), 'engine.sock'))
    server.on('request', (req, res) => {
      const isStream = req.url?.includes('/events') ?? false
      if (isStream) fragile.subscriptions += 1
      if (req.url?.includes('/containers/json')) fragile.lists += 1
      if (isStream && fragile.endsAtOnce) return void res.end()
      const { method, url: path, headers } = req
      const { socketPath } = engine
      const onward = request({ socketPath, method, path, headers, agent: false }, (answer) => {
        res.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
        res.flushHeaders()
        answer.pipe(res)
      })
      onward.on('error', () => res.destroy())
      res.on('close', () => onward.destroy())
      req.pipe(onward)
      if (!isStream) return
      const cut = () => res.destroy()
      fragile.#streams.add(cut)
      res.on('close', () => fragile.#streams.delete(cut))
    })
    await new Promise<void>((resolve) => void server.listen(fragile.path, resolve))
    t.teardown(() => {
      server.closeAllConnections()
      server.close()
    })
    return fragile
  }

  /** Breaks the streams that are open. */
  break(): void {
    for (const cut of this.#streams) cut()
  }
}

const ROUNDS = 3

await onDocker(t, {
  'event stream breaks: each time it is lost and up again once, with one subscription and one list':
    async (t, world) => {
      const engine = await FragileEngine.listen(t, world)
      const clock = new ShiftedClock()
      const settings = { docker: { host: `unix://${engine.path}` } }
      const gateway = await startGateway(
        t,
        world,
        { ...settings, functions: { app: world.app() } },
        { clock },
      )
      let before = await gateway.ask('/')
      for (let round = 0; round < ROUNDS; round += 1) {
        clock.shift(LIMITS.youngMs)
        engine.break()
        const { host } = JSON.parse(before.text) as { host: string }
        await world.engine.docker.getContainer(host).kill()
        await gateway.until('runtime', '', ({ up }) => !up)
        await gateway.until('runtime', '', ({ up }) => up)
        const after = await gateway.ask('/')
        t.equal(after.status, 200)
        t.not(whoIs(after), whoIs(before), 'its end was found by the list')
        before = after
      }
      t.equal(engine.subscriptions, ROUNDS + 1)
      // The clock that is put forward looks like a suspension, after which all is listed, too.
      t.ok(engine.lists <= 2 * ROUNDS + 1, `${engine.lists} lists`)
      t.strictSame(gateway.log.all('failed'), [])
    },

  'event stream ends at once every time: the engine is asked ever more seldom': async (
    t,
    world,
  ) => {
    const engine = await FragileEngine.listen(t, world)
    engine.endsAtOnce = true
    const pauses: number[] = []
    const clock: Clock = {
      ...systemClock,
      timer: (delayMs, fn) => {
        if (
          delayMs < DOCKER_LIMITS.pingMs &&
          Number.isInteger(delayMs / DOCKER_LIMITS.reconnectMinMs)
        )
          pauses.push(delayMs)
        return systemClock.timer(delayMs, fn)
      },
    }
    const gateway = await startGateway(
      t,
      world,
      {
        docker: { host: `unix://${engine.path}` },
        functions: { app: world.app({ hold: { timeout: '1500ms' } }) },
      },
      { clock },
    )
    const answer = await gateway.ask('/')
    t.equal(answer.status, 503)
    t.equal(JSON.parse(answer.text).code, 'RUNTIME_AWAY')
    t.ok(engine.subscriptions <= 6, `${engine.subscriptions} subscriptions in 1.5 s`)
    for (const grown of [200, 400, 800]) t.ok(pauses.includes(grown), `a pause of ${grown} ms`)
    engine.endsAtOnce = false
    await gateway.until('runtime', '', ({ up }) => up)
    t.match(await gateway.overview(), { runtimes: [{ name: 'docker', up: true }] })
  },
})
