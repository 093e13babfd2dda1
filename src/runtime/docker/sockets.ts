/**
 * The directories of this host in which instances put their unix sockets, one for each instance. Only the gateway's
 * user gets into the one around them; in it each is open to whatever user the container runs as.
 */

import { access, chmod, mkdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { InstanceId } from '../../domain/ids.ts'
import { RuntimeError } from '../runtime.ts'
import { DOCKER_LIMITS } from './limits.ts'
import { shortId } from './shape.ts'

/** Short, as all of a socket's path must be. */
const DIRECTORY = 'c'

export class Sockets {
  readonly #dir: string

  /** `runDir` is absolute. Others may pass through it to sockets of child processes; not through what is made in it here. */
  constructor(runDir: string) {
    this.#dir = join(runDir, DIRECTORY)
  }

  /** Makes the instance's directory and returns it. Throws `refused` when the socket's path would be too long. */
  async make(id: InstanceId, socket: string): Promise<string> {
    const dir = this.#of(id)
    const bytes = Buffer.byteLength(join(dir, basename(socket)))
    if (bytes > DOCKER_LIMITS.socketPathBytes) {
      throw new RuntimeError(
        'refused',
        `the path of the socket would have ${bytes} bytes, and unix sockets allow ${DOCKER_LIMITS.socketPathBytes}: shorten stateDir or the socket's name`,
      )
    }
    await mkdir(this.#dir, { recursive: true })
    await chmod(this.#dir, 0o700)
    await mkdir(dir, { recursive: true })
    // Not by mkdir's mode, from which the umask takes.
    await chmod(dir, 0o777)
    return dir
  }

  /** The path of the instance's socket, if something is there. */
  async left(id: InstanceId, socket: string): Promise<string | undefined> {
    const path = join(this.#of(id), basename(socket))
    return access(path).then(
      () => path,
      () => undefined,
    )
  }

  async clear(path: string): Promise<void> {
    await rm(path, { force: true })
  }

  async remove(id: InstanceId): Promise<void> {
    await rm(this.#of(id), { recursive: true, force: true })
  }

  #of(id: InstanceId): string {
    return join(this.#dir, shortId(id))
  }
}
