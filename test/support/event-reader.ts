/** A reader of server-sent events: what came is kept, and can be waited for. Ends with the test. */

import { request } from 'node:http'

import { PATIENCE_MS } from './event-log.ts'
import type { Question, Where } from './http-ask.ts'

/** The data of one event, with its id. */
export type Read = Readonly<Record<string, unknown>> & { readonly eventId: string }

export class EventReader {
  readonly read: Read[] = []
  #watchers: (() => void)[] = []
  #rest = ''
  #isOver = false

  /** Takes text as it comes. */
  push(text: string): void {
    const blocks = (this.#rest + text).split('\n\n')
    this.#rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const [, eventId = '', data] = /^(?:id: (.*)\n)?data: (.*)$/.exec(block) ?? []
      if (data !== undefined) this.read.push({ eventId, ...(JSON.parse(data) as object) })
    }
    this.#tell()
  }

  end(): void {
    this.#isOver = true
    this.#tell()
  }

  /** The first event that is so, past or to come. */
  async until(what: string, is: (event: Read) => boolean): Promise<Read> {
    await this.#when(what, () => this.read.some(is))
    return this.read.find(is) as Read
  }

  /** Until the stream ends. */
  ended(): Promise<void> {
    return this.#when('the end', () => this.#isOver)
  }

  #when(what: string, isTrue: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const seen = (): string => this.read.map((event) => JSON.stringify(event)).join('\n')
      const timer = setTimeout(
        () => reject(new Error(`waited for ${what}; read:\n${seen()}`)),
        PATIENCE_MS,
      )
      const look = (): void => {
        if (!isTrue()) return void this.#watchers.push(look)
        clearTimeout(timer)
        resolve()
      }
      look()
    })
  }

  #tell(): void {
    for (const look of this.#watchers.splice(0)) look()
  }
}

/** Begins to read; resolves when the stream has begun. */
export function readEvents(
  t: { teardown(fn: () => unknown): void },
  where: Where,
  { path, host = 'localhost', headers = {} }: Question,
): Promise<EventReader> {
  const reader = new EventReader()
  return new Promise((resolve, reject) => {
    const req = request({ ...where, path, agent: false, headers: { ...headers, host } }, (res) => {
      if (res.statusCode !== 200) return reject(new Error(`${path} answered ${res.statusCode}`))
      res.setEncoding('utf8')
      res.on('data', (text: string) => reader.push(text))
      res.on('close', () => reader.end())
      res.on('error', () => reader.end())
      resolve(reader)
    })
    req.on('error', reject)
    req.end()
    t.teardown(() => req.destroy())
  })
}
