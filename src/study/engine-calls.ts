/**
 * A unix socket in front of the engine's that stamps calls on their way through. Bytes pass as they are; a client
 * sends one request at a time on a connection, so that a chunk that begins with a method begins a call.
 */

import { type Socket, connect, createServer } from 'node:net'
import { machineNow } from './machine-time.ts'
import type { CallSource, StampedCall } from './stamped-call.ts'

const HEAD = /^(GET|POST|DELETE|HEAD) (\S+) HTTP\/1\.1\r\n/
const VERB = /^POST \S*\/containers\/(?:([^/]+)\/)?(create|start|unpause)(?:\?|$)/
const SERVICE = /"K_SERVICE=([^"]+)"/
const JOINED = /"NetworkMode":"container:([0-9a-f]+)"/
const SANDBOX_OF = /"coldfront\.function":"([^"]+)"/
const SANDBOX = '"coldfront.role":"sandbox"'
/** Containers that joined a sandbox, of the last so many. */
const JOINED_MAX = 1_000
const CREATED_ID = /"Id":\s*"([0-9a-f]+)"/

interface Open {
  readonly call: string
  readonly id: string
  readonly sent: number
  /** Bytes of a create request, until its answer begins. */
  text: string
}

export class EngineCalls implements CallSource {
  readonly path: string
  #calls: StampedCall[] = []
  /** The last create request for each function, by the name that it is given in the environment. */
  readonly #created = new Map<string, string>()
  /** The same of its sandbox. */
  readonly #sandboxes = new Map<string, string>()
  /** Ids of containers and of the sandboxes that they join: an app has the name of its sandbox. */
  readonly #joined = new Map<string, string>()

  private constructor(path: string) {
    this.path = path
  }

  /** Listens at `path`; `stack` ends it. */
  static async listen(
    path: string,
    enginePath: string,
    stack: AsyncDisposableStack,
  ): Promise<EngineCalls> {
    const calls = new EngineCalls(path)
    const sockets = new Set<Socket>()
    const server = createServer((client) => {
      const engine = connect({ path: enginePath })
      for (const socket of [client, engine]) {
        sockets.add(socket)
        socket.on('close', () => sockets.delete(socket))
      }
      calls.#join(client, engine)
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(path, resolve)
    })
    stack.defer(() => {
      for (const socket of sockets) socket.destroy()
      server.close()
    })
    return calls
  }

  since(from: number): readonly StampedCall[] {
    return this.#calls.filter(({ sent }) => sent >= from)
  }

  clear(): void {
    this.#calls = []
  }

  /** What the engine was last asked to create for a function; undefined when it was asked for nothing. */
  lastCreated(fn: string): Readonly<Record<string, unknown>> | undefined {
    return bodyOf(this.#created.get(fn))
  }

  /** The same of the function's sandbox. */
  lastSandbox(fn: string): Readonly<Record<string, unknown>> | undefined {
    return bodyOf(this.#sandboxes.get(fn))
  }

  #join(client: Socket, engine: Socket): void {
    let open: Open | undefined
    client.on('data', (chunk: Buffer) => {
      const sent = machineNow()
      engine.write(chunk)
      const text = chunk.toString('latin1')
      const head = HEAD.exec(text)
      if (!head) {
        if (open) open.text += text
        return
      }
      const [, id = '', call] = VERB.exec(`${head[1]} ${head[2]}`) ?? []
      open = call === undefined ? undefined : { call, id, sent, text }
    })
    engine.on('data', (chunk: Buffer) => {
      if (open) this.#answered(open, chunk)
      open = undefined
      client.write(chunk)
    })
    const end = (): void => {
      client.destroy()
      engine.destroy()
    }
    for (const socket of [client, engine]) {
      socket.on('error', end)
      socket.on('close', end)
    }
  }

  /** The first byte of the answer came. */
  #answered({ call, id, sent, text }: Open, chunk: Buffer): void {
    const returned = machineNow()
    const made = CREATED_ID.exec(chunk.toString('latin1'))?.[1] ?? ''
    if (call === 'create') this.#note(made, Buffer.from(text, 'latin1').toString('utf8'))
    const container = call === 'create' ? made : id
    const what = this.#joined.get(container) ?? container
    this.#calls.push({ call, what, sent, returned })
  }

  #note(made: string, request: string): void {
    const fn = SERVICE.exec(request)?.[1]
    if (fn !== undefined) this.#created.set(fn, request)
    const sandboxOf = request.includes(SANDBOX) ? SANDBOX_OF.exec(request)?.[1] : undefined
    if (sandboxOf !== undefined) this.#sandboxes.set(sandboxOf, request)
    const joined = JOINED.exec(request)?.[1]
    if (joined === undefined) return
    this.#joined.set(made, joined)
    const [oldest] = this.#joined.keys()
    if (this.#joined.size > JOINED_MAX && oldest !== undefined) this.#joined.delete(oldest)
  }
}

/** Of a request as it was sent. */
function bodyOf(request: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (request === undefined) return undefined
  return JSON.parse(request.slice(request.indexOf('\r\n\r\n') + 4)) as Record<string, unknown>
}
