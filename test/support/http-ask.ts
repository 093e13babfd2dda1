/** One request on a connection of its own, and its whole answer. */

import { type IncomingHttpHeaders, request } from 'node:http'

import { PATIENCE_MS } from './event-log.ts'

export type Where =
  | { readonly host: string; readonly port: number }
  | { readonly socketPath: string }

export interface Question {
  readonly path: string
  readonly host?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** How long nothing may come. */
  readonly patienceMs?: number
}

export interface Answered {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** Rejects when the connection ends before the answer does. */
export function httpAsk(where: Where, question: Question): Promise<Answered> {
  const { path, host = 'localhost', method = 'GET', headers = {}, body } = question
  const { patienceMs: timeout = PATIENCE_MS } = question
  return new Promise((resolve, reject) => {
    const options = { ...where, path, method, agent: false, timeout }
    const req = request({ ...options, headers: { ...headers, host } }, (res) => {
      const parts: Buffer[] = []
      res.on('data', (part: Buffer) => parts.push(part))
      res.on('error', reject)
      res.on('end', () =>
        resolve({
          status: res.statusCode ?? 0,
          headers: res.headers,
          text: Buffer.concat(parts).toString('latin1'),
        }),
      )
    })
    req.on('timeout', () => req.destroy(new Error(`no answer to ${method} ${host}${path}`)))
    req.on('error', reject)
    req.end(body)
  })
}
