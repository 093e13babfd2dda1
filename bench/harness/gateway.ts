/** The gateway as a user runs it: `node src/main.ts serve` with a file, a state directory of its own, and its admin socket. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { FunctionStatus } from '../../src/domain/status.ts'
import { Child } from './child.ts'
import type { Cleanup } from './cleanup.ts'
import type { Settings } from './command-line.ts'
import { BENCH, ROOT } from './root.ts'
import { now, until } from './time.ts'

export type GatewayFile = Readonly<Record<string, unknown>>

export interface GatewayParts {
  /** What `gateway.yaml` says, without addresses and state directory. */
  readonly file: GatewayFile
  readonly cpu?: number | undefined
  readonly env?: Readonly<Record<string, string>>
  /** Arguments of Node. */
  readonly nodeArgs?: readonly string[]
  /** For another one on the state of an earlier one. */
  readonly dir?: string
}

const START_MS = 30_000

export class BenchGateway {
  readonly child: Child
  readonly port: number
  /** From before the process was made until the log said that it listens. */
  readonly startMs: number
  /** Of its admin listener. */
  readonly socket: string

  readonly #config: { readonly path: string; readonly base: GatewayFile }

  private constructor(
    child: Child,
    {
      port,
      startMs,
      stateDir,
      config,
      base,
    }: { port: number; startMs: number; stateDir: string; config: string; base: GatewayFile },
  ) {
    this.child = child
    this.port = port
    this.startMs = startMs
    this.socket = join(stateDir, 'admin.sock')
    this.#config = { path: config, base }
  }

  /** Rejects, with its last lines, when it does not come up. */
  static async start(
    { file, cpu, env, nodeArgs = [], dir: given }: GatewayParts,
    cleanup: Cleanup,
  ): Promise<BenchGateway> {
    const dir = given ?? temporaryDir(cleanup)
    const stateDir = join(dir, 'state')
    const config = join(dir, 'gateway.yaml')
    // All load comes from one address.
    const wakeRate = { burst: 'never' }
    const listeners = { listen: { http: '127.0.0.1:0' }, admin: { listen: 'off' } }
    const base = { ...listeners, wakeRate, stateDir }
    writeFileSync(config, stringify({ ...base, ...file }))
    const began = now()
    const child = new Child(
      {
        what: 'the gateway',
        command: [
          process.execPath,
          ...nodeArgs,
          join(ROOT, 'src/main.ts'),
          'serve',
          '--config',
          config,
        ],
        env: { XDG_RUNTIME_DIR: dir, ...env },
        ...(cpu === undefined ? {} : { cpu }),
      },
      cleanup,
    )
    const port = await child.line(portOf, START_MS)
    return new BenchGateway(child, { port, startMs: now() - began, stateDir, config, base })
  }

  async status(name: string): Promise<FunctionStatus> {
    return (await this.#admin('GET', `/api/v1/functions/${name}`)) as FunctionStatus
  }

  async order(name: string, verb: 'wake' | 'pause' | 'stop'): Promise<void> {
    await this.#admin('POST', `/api/v1/functions/${name}/${verb}`)
  }

  /** Resolves when the function looks as wanted. */
  async becomes(
    name: string,
    wanted: { what: string; test: (status: FunctionStatus) => boolean },
  ): Promise<void> {
    const ask = async (): Promise<true | undefined> =>
      wanted.test(await this.status(name)) ? true : undefined
    await until(ask, { what: `${name} becomes ${wanted.what}`, limitMs: 60_000, everyMs: 5 })
  }

  /** One number of the metrics, by its name without labels; NaN where there is none. */
  async metric(name: string): Promise<number> {
    const text = (await this.#admin('GET', '/metrics')) as string
    return Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1] ?? NaN)
  }

  /** Reads the file anew, with `file` in it; it tells when that has been done. */
  async reload(file: GatewayFile): Promise<void> {
    writeFileSync(this.#config.path, stringify({ ...this.#config.base, ...file }))
    await this.#admin('POST', '/api/v1/reload')
  }

  #admin(method: 'GET' | 'POST', path: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const body =
        method === 'POST' ? { 'content-type': 'application/json', 'content-length': 2 } : {}
      const req = request(
        { socketPath: this.socket, method, path, headers: { ...body, connection: 'close' } },
        (res) => {
          let text = ''
          res.setEncoding('utf8')
          res.on('data', (chunk: string) => {
            text += chunk
          })
          res.on('end', () => {
            const isJson = res.headers['content-type']?.includes('json')
            if (res.statusCode === 200) resolve(isJson ? JSON.parse(text) : text)
            else reject(new Error(`${method} ${path}: ${res.statusCode} ${text}`))
          })
        },
      )
      req.on('error', reject)
      req.end(method === 'POST' ? '{}' : undefined)
    })
  }
}

/** Arguments of Node for a gateway, as the command line asks for them. */
export const profiling = ({ profile }: Settings): readonly string[] =>
  profile ? ['--cpu-prof', `--cpu-prof-dir=${join(BENCH, 'results', 'local')}`] : []

export function temporaryDir(cleanup: Cleanup): string {
  const dir = mkdtempSync(join(tmpdir(), 'coldfront-bench-'))
  cleanup.add(dir, () => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** The log line that tells where it listens. */
function portOf(line: string): number | undefined {
  if (!line.includes('"listening"')) return undefined
  const { what, address } = JSON.parse(line) as { what?: string; address?: string }
  return what === 'http' ? Number(address?.split(':').at(-1)) : undefined
}
