/** An upstream and a client that do what chance, by a seed, tells them: every way an exchange can break. */

import { type Server, type Socket, createServer } from 'node:net'

import type { RequestHead } from '../../src/domain/exchange.ts'

/** The same numbers for the same seed (a linear congruential generator, Numerical Recipes). */
export class Chance {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  /** A whole number from 0 to `n - 1`. */
  below(n: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((this.#state / 2 ** 32) * n)
  }

  /** True once in `n` times. */
  oneIn(n: number): boolean {
    return this.below(n) === 0
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!
  }
}

const LARGE = 'x'.repeat(100_000)

const ANSWERS = [
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-T: 1\r\n\r\n',
  `HTTP/1.1 200 OK\r\nContent-Length: ${LARGE.length}\r\n\r\n${LARGE}`,
  `HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${LARGE}`,
  'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n',
  'HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nabc',
  'HTTP/1.1 100 Continue\r\n\r\n',
  'SSH-2.0-x\r\n\r\n',
]

/** A server that answers, cuts short, repeats, ends and resets by chance. */
export function randomUpstream(chance: Chance): Server {
  const act = (socket: Socket): void => {
    if (socket.destroyed) return
    switch (chance.below(8)) {
      case 0:
        socket.resetAndDestroy()
        break
      case 1:
        socket.end()
        break
      case 2:
        socket.destroy()
        break
      default: {
        const answer = chance.pick(ANSWERS)
        socket.write(chance.oneIn(4) ? answer.slice(0, chance.below(answer.length)) : answer)
        if (chance.oneIn(4)) socket.end()
        else if (chance.oneIn(6)) setImmediate(() => socket.resetAndDestroy())
        else if (chance.oneIn(5)) socket.write(chance.pick(ANSWERS))
      }
    }
  }
  return createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {})
    socket.on('data', () => {
      if (chance.oneIn(2)) act(socket)
      else setImmediate(() => act(socket))
    })
    socket.on('end', () => {
      if (chance.oneIn(2)) socket.end()
      else socket.destroy()
    })
  })
}

/** What a client may ask for. */
export const randomHead = (chance: Chance): Partial<RequestHead> =>
  chance.pick<() => Partial<RequestHead>>([
    () => ({ upgrade: 'websocket' }),
    () => ({ method: 'POST', body: 5 }),
    () => ({ method: chance.pick(['PUT', 'GET', 'DELETE']), body: 'stream' }),
    () => ({ method: chance.pick(['GET', 'HEAD', 'OPTIONS']) }),
  ])()
