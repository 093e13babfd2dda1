/** A gateway as a process of its own, so that it can be killed, suspended and starved; its log is read line by line. */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { stringify } from 'yaml'

import type { Endpoint } from '../../src/domain/endpoint.ts'
import type { FunctionStatus } from '../../src/domain/status.ts'
import type { GatewayText } from '../support/gateway.ts'
import { type Answered, type Question, httpAsk } from '../support/http-ask.ts'
import { Program } from '../support/program.ts'
import { rawClient } from '../support/raw-client.ts'
import type { RawConnection } from '../support/raw-connection.ts'
import { PATIENCE_MS } from '../support/event-log.ts'
import { tempDir } from '../support/temp-dir.ts'
import type { Who, World } from '../support/world.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

export interface GatewayProcessParts {
  readonly text: GatewayText
  /** For another one on the state of an earlier one. */
  readonly dir?: string
  /** A shell line that `"$@"` completes, to start it under. */
  readonly shell?: string
  /** Arguments of Node. */
  readonly nodeArgs?: readonly string[]
}

export class GatewayProcess {
  readonly dir: string
  readonly program: Program
  port = 0
  readonly #t: Test

  private constructor(t: Test, dir: string, program: Program) {
    this.#t = t
    this.dir = dir
    this.program = program
  }

  /** Resolves when it listens. */
  static async start(t: Test, world: World, parts: GatewayProcessParts): Promise<GatewayProcess> {
    const { text, dir = tempDir(t), shell = 'exec "$@"', nodeArgs = [] } = parts
    const file = join(dir, 'gateway.yaml')
    writeFileSync(file, stringify(whole(world, text)))
    mkdirSync(join(dir, 'run'), { recursive: true })
    const command = [process.execPath, ...nodeArgs, MAIN, 'serve', '--config', file]
    const program = new Program(t, {
      file: '/bin/sh',
      args: ['-c', shell, 'sh', ...command],
      env: { PATH: process.env['PATH'], XDG_RUNTIME_DIR: join(dir, 'run'), DIR: dir },
      cwd: dir,
    })
    const gateway = new GatewayProcess(t, dir, program)
    if (parts.shell === undefined) {
      const { address = '' } = await program.log({ msg: 'listening', what: 'http' })
      gateway.port = Number(address.split(':').at(-1))
    }
    return gateway
  }

  ask(path = '/', question: Partial<Question> & { readonly fn?: string } = {}): Promise<Answered> {
    const { fn = 'app', ...rest } = question
    return httpAsk({ host: '127.0.0.1', port: this.port }, { path, host: `${fn}.test`, ...rest })
  }

  async who(fn = 'app'): Promise<Who> {
    return JSON.parse((await this.ask('/', { fn })).text) as Who
  }

  client(): Promise<RawConnection> {
    return rawClient(this.#t, this.port, PATIENCE_MS)
  }

  async status(fn = 'app'): Promise<FunctionStatus> {
    const socketPath = join(this.dir, 'state', 'admin.sock')
    const { text } = await httpAsk({ socketPath }, { path: `/api/v1/functions/${fn}` })
    return JSON.parse(text) as FunctionStatus
  }

  /** Looks until the status is so. */
  async until(
    what: string,
    is: (status: FunctionStatus) => boolean,
    fn = 'app',
  ): Promise<FunctionStatus> {
    for (const late = performance.now() + PATIENCE_MS; ;) {
      const status = await this.status(fn)
      if (is(status)) return status
      if (performance.now() > late)
        throw new Error(`${fn} is not ${what}: ${JSON.stringify(status)}`)
      await new Promise((resolve) => {
        setTimeout(resolve, LOOK_MS)
      })
    }
  }

  /** Where the first instance is reached. */
  async endpoint(fn = 'app'): Promise<Endpoint> {
    const [host = '', port] = (await this.status(fn)).instances[0]?.endpoint?.split(':') ?? []
    return { k: 'tcp', host, port: Number(port), proto: 'h1' }
  }

  condition(wanted: FunctionStatus['condition'], fn = 'app'): Promise<FunctionStatus> {
    return this.until(wanted, ({ condition }) => condition === wanted, fn)
  }

  /** kill -9, and it is gone. */
  async kill(): Promise<void> {
    this.program.kill('SIGKILL')
    await this.program.ended()
  }
}

const LOOK_MS = 10

function whole(world: World, text: GatewayText): unknown {
  const functions = Object.fromEntries(
    Object.entries(text.functions).map(([name, fn]) => [name, { hosts: [`${name}.test`], ...fn }]),
  )
  const never = { pauseAfter: 'never', stopAfter: 'never', removeAfter: 'never' }
  return {
    listen: { http: '127.0.0.1:0' },
    admin: { listen: 'off' },
    stateDir: './state',
    shutdown: { drainTimeout: '2s' },
    log: { format: 'json', level: 'debug' },
    ...world.settings,
    ...text,
    defaults: { idle: never, stop: { grace: '2s' }, ...(text['defaults'] as object | undefined) },
    functions,
  }
}
