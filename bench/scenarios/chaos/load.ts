/** Clients that ask numbered requests at a bounded rate, each request once, and keep what became of it. */

import { request } from 'node:http'
import type { Chance } from '../../../src/lib/chance.ts'
import { now, sleep } from '../../harness/time.ts'

/** What a client saw of one request. `refused`: nobody listened. `broken`: the connection ended before the answer did. */
export type Fate = 'answered' | 'wrong' | 'status' | 'refused' | 'broken' | 'hung'

export interface Asked {
  readonly number: number
  readonly fn: string
  readonly method: 'GET' | 'POST'
  readonly fate: Fate
  /** 0 without an answer. */
  readonly status: number
  readonly ms: number
}

export interface LoadParts {
  readonly port: number
  readonly functions: readonly string[]
  readonly clients: number
  /** Longer than every limit of the gateway: what takes as long hangs. */
  readonly limitMs: number
  readonly chance: Chance
}

/** Between two requests of a client. */
const PAUSE_MS = { least: 5, most: 25 }
/** After a refused connection. */
const DOWN_MS = 50
/** How long the function takes. */
const WORK_MS_MAX = 40

export class Load {
  readonly asked: Asked[] = []
  readonly #parts: LoadParts
  readonly #clients: Promise<void>[]
  #numbers = 0
  #isOver = false

  constructor(parts: LoadParts) {
    this.#parts = parts
    this.#clients = Array.from({ length: parts.clients }, () => this.#client())
  }

  /** Resolves when the last request has its answer. */
  async stop(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#clients)
  }

  async #client(): Promise<void> {
    const { chance, functions } = this.#parts
    while (!this.#isOver) {
      const fn = chance.of(functions) ?? ''
      const done = await this.#ask(fn, {
        posts: chance.next() < 0.5,
        ms: chance.between(0, WORK_MS_MAX),
      })
      this.asked.push(done)
      await sleep(done.fate === 'refused' ? DOWN_MS : chance.between(PAUSE_MS.least, PAUSE_MS.most))
    }
  }

  #ask(fn: string, { posts, ms }: { posts: boolean; ms: number }): Promise<Asked> {
    const number = (this.#numbers += 1)
    const method = posts ? 'POST' : 'GET'
    const began = now()
    return new Promise((resolve) => {
      const end = (fate: Fate, status = 0): void => {
        clearTimeout(timer)
        resolve({ number, fn, method, fate, status, ms: now() - began })
      }
      const req = request(
        {
          host: '127.0.0.1',
          port: this.#parts.port,
          method,
          path: `/?number=${number}&ms=${ms}`,
          headers: { host: `${fn}.test` },
          agent: false,
        },
        (res) => {
          let text = ''
          const { statusCode: status = 0 } = res
          res.setEncoding('utf8')
          res.on('data', (part: string) => (text += part))
          res.on('error', () => end('broken', status))
          res.on('end', () => {
            if (status !== 200) return end('status', status)
            end(text === `${number}` ? 'answered' : 'wrong', status)
          })
        },
      )
      const timer = setTimeout(() => {
        end('hung')
        req.destroy()
      }, this.#parts.limitMs)
      req.on('error', (error: NodeJS.ErrnoException) =>
        end(error.code === 'ECONNREFUSED' ? 'refused' : 'broken'),
      )
      req.end(posts ? 'x'.repeat(100) : undefined)
    })
  }
}
