/** Node's own parser (llhttp, strict) as an oracle: what it makes of the first request in some bytes. */

import { createServer, type IncomingMessage } from 'node:http'
import { Duplex } from 'node:stream'

export type OracleOutcome =
  | {
      readonly k: 'accepted'
      readonly method: string
      readonly target: string
      readonly fields: readonly string[]
      readonly content: string
    }
  | { readonly k: 'refused'; readonly reason: string }
  | { readonly k: 'incomplete' }

/** A stream in memory that gives `text` and then nothing. */
class Text extends Duplex {
  constructor(text: string) {
    super()
    this.push(Buffer.from(text, 'latin1'))
  }
  override _read(): void {}
  override _write(_chunk: Buffer, _encoding: string, done: () => void): void {
    done()
  }
  setTimeout(): this {
    return this
  }
}

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

/** Has Node read `text` as a server of HTTP would. */
export async function askNode(text: string): Promise<OracleOutcome> {
  const stream = new Text(text)
  let request: IncomingMessage | undefined
  let reason: string | undefined
  let content = ''
  const server = createServer({ insecureHTTPParser: false, requireHostHeader: false })
  server.maxHeadersCount = 0
  const first = (req: IncomingMessage): void => {
    if (request) return
    request = req
    req.on('data', (bytes: Buffer) => (content += bytes.toString('latin1')))
    req.on('error', () => {})
  }
  for (const event of ['request', 'checkContinue', 'checkExpectation', 'connect', 'upgrade']) {
    server.on(event, first)
  }
  server.on('clientError', (error: NodeJS.ErrnoException) => (reason ??= error.code ?? 'unknown'))
  server.emit('connection', stream)
  for (let i = 0; i < 4; i += 1) await turn()
  const done = request?.complete
  stream.destroy()
  if (request && (done || reason === undefined)) {
    const bodyless = request.listenerCount('data') > 0 && done
    if (!bodyless) return { k: 'incomplete' }
    const { method = '', url = '', rawHeaders } = request
    return { k: 'accepted', method, target: url, fields: rawHeaders, content }
  }
  return reason === undefined ? { k: 'incomplete' } : { k: 'refused', reason }
}
