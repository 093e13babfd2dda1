/**
 * Where a process is told to listen, and is then reached. A port: the configured one, or a free one per instance, as
 * `PORT`. A socket, as `SOCKET`: an absolute path is taken as it is, so that an app with a fixed path works, and
 * two instances exclude each other as with a fixed port; a relative one lies in a directory of the instance's own.
 */

import { chmod, chown, lstat, mkdir, rm, unlink } from 'node:fs/promises'
import { connect } from 'node:net'
import { basename, isAbsolute, join } from 'node:path'
import type { Endpoint } from '../../domain/endpoint.ts'
import type { Listening } from '../../domain/function.ts'
import { freePort } from '../free-port.ts'
import type { InstanceId } from '../../domain/ids.ts'
import { RuntimeError } from '../runtime.ts'
import type { User } from './user.ts'

const HOST = '127.0.0.1'
/** `sun_path` holds 108 bytes on Linux, 104 on macOS, the closing zero included. */
const SOCKET_PATH_BYTES_MAX = 103
const PORT_ATTEMPTS_MAX = 20
/** Passable but not readable: a function that runs as another user must reach its own directory below. */
const RUN_DIR_MODE = 0o711
const SOCKET_DIR_MODE = 0o700

export interface Address {
  readonly endpoint: Endpoint
  readonly env: Readonly<Record<string, string>>
  /** When the instance has ended. */
  release(): Promise<void>
}

interface AddressRequest {
  readonly instance: InstanceId
  readonly listening: Listening | undefined
  readonly user: User | undefined
}

export class Addresses {
  readonly #runDir: string
  /** Chosen for an instance that may not have bound it yet; the kernel could choose it again. */
  readonly #ports = new Set<number>()

  constructor(runDir: string) {
    this.#runDir = runDir
  }

  /** Throws `port_taken` when somebody listens on the configured socket already. */
  async take({ instance, listening, user }: AddressRequest): Promise<Address> {
    if (listening?.k === 'port') return tcp(listening.port)
    if (listening === undefined) {
      const port = await this.#freePort()
      return tcp(port, () => this.#ports.delete(port))
    }
    if (isAbsolute(listening.path)) {
      await clearStale(listening.path)
      return unix(listening.path, async () => {})
    }
    const dir = join(this.#runDir, instance)
    const address = unix(join(dir, basename(listening.path)), () =>
      rm(dir, { recursive: true, force: true }),
    )
    await mkdir(this.#runDir, { recursive: true, mode: RUN_DIR_MODE })
    await mkdir(dir, { recursive: true })
    await chmod(dir, SOCKET_DIR_MODE)
    if (user) await chown(dir, user.uid, user.gid)
    return address
  }

  /**
   * Bound and let go again. On Linux `bind(0)` draws odd ports and `connect` even ones, so that connections of the
   * gateway itself hardly ever take it; a stranger who does is found by `vouch`.
   */
  async #freePort(): Promise<number> {
    for (let attempt = 1; attempt <= PORT_ATTEMPTS_MAX; attempt += 1) {
      const port = await freePort()
      if (this.#ports.has(port)) continue
      this.#ports.add(port)
      return port
    }
    throw new RuntimeError(
      'failed',
      `no free port on ${HOST}: something holds very many, see \`ss -ltn\``,
    )
  }
}

const tcp = (port: number, release?: () => void): Address => ({
  endpoint: { k: 'tcp', host: HOST, port, proto: 'h1' },
  env: { PORT: String(port) },
  release: async () => release?.(),
})

function unix(path: string, release: () => Promise<void>): Address {
  if (Buffer.byteLength(path) > SOCKET_PATH_BYTES_MAX)
    throw new RuntimeError(
      'failed',
      `the socket path ${path} is longer than ${SOCKET_PATH_BYTES_MAX} bytes: shorten socket:, or the directory that it is in`,
    )
  return { endpoint: { k: 'unix', path, proto: 'h1' }, env: { SOCKET: path }, release }
}

/** Removes a socket that a killed app left behind: its next run could not bind it. */
async function clearStale(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined)
  if (!found?.isSocket()) return
  const tried = await tryConnect(path)
  if (tried === 'connected')
    throw new RuntimeError(
      'port_taken',
      `somebody listens on ${path} already: end that, or choose another socket:`,
    )
  // Any other answer leaves the path alone, and the app says what is wrong with it.
  if (tried === 'ECONNREFUSED') await unlink(path).catch(() => {})
}

function tryConnect(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve('connected')
    })
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code))
  })
}
