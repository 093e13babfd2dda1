/**
 * A unix socket in front of the engine's that stamps calls on their way through. Bytes pass as they are; the client
 * library sends one request at a time on a connection, so that a chunk that begins with a method begins a call.
 */

import { type Socket, connect, createServer } from 'node:net'
import type { Cleanup } from './cleanup.ts'
import type { StampedCall } from './stamped-call.ts'
import { now } from './time.ts'

const HEAD = /^(GET|POST|DELETE|HEAD) (\S+) HTTP\/1\.1\r\n/
const VERB = /^POST .*\/containers\/(?:[^/]+\/)?(create|start|unpause)(?:\?|$)/

interface Open {
  call: string
  sent: number
  /** Bytes of a create request, until its answer begins. */
  text: string
}

export class EngineCalls {
  readonly path: string
  #calls: StampedCall[] = []
  /** The last body of a create request, as the gateway sent it. */
  #created = ''

  private constructor(path: string) {
    this.path = path
  }

  static async listen(path: string, enginePath: string, cleanup: Cleanup): Promise<EngineCalls> {
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
    await new Promise<void>((resolve) => {
      server.listen(path, resolve)
    })
    cleanup.add('the stamping engine socket', () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    })
    return calls
  }

  /** Calls sent since `from` that make, start or thaw a container. */
  since(from: number): readonly StampedCall[] {
    return this.#calls.filter(({ sent }) => sent >= from)
  }

  /** Forgets all so far. */
  clear(): void {
    this.#calls = []
  }

  /** What the gateway last asked the engine to create. Throws before it did. */
  get lastCreated(): Readonly<Record<string, unknown>> {
    const body = this.#created.slice(this.#created.indexOf('\r\n\r\n') + 4)
    return JSON.parse(body) as Record<string, unknown>
  }

  #join(client: Socket, engine: Socket): void {
    let open: Open | undefined
    client.on('data', (chunk: Buffer) => {
      const sent = now()
      engine.write(chunk)
      const text = chunk.toString('latin1')
      const head = HEAD.exec(text)
      if (head) {
        const call = VERB.exec(`${head[1]} ${head[2]}`)?.[1]
        open = call === undefined ? undefined : { call, sent, text }
      } else if (open) open.text += text
    })
    engine.on('data', (chunk: Buffer) => {
      if (open) {
        const { call, sent, text } = open
        if (call === 'create') this.#created = text
        this.#calls.push({ call, sent, returned: now() })
        open = undefined
      }
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
}
