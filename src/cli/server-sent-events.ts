/** Server-sent events out of text as it comes, as far as this program's gateways send them: `id` and `data`. */

export interface SentEvent {
  readonly id: string
  readonly data: string
}

export class ServerSentEvents {
  #rest = ''

  /** The events that `text` completes. */
  push(text: string): readonly SentEvent[] {
    const blocks = (this.#rest + text).split('\n\n')
    this.#rest = blocks.pop() ?? ''
    return blocks.flatMap((block) => {
      const fields = new Map(block.split('\n').map(fieldOf))
      const data = fields.get('data')
      return data === undefined ? [] : [{ id: fields.get('id') ?? '', data }]
    })
  }
}

function fieldOf(line: string): [name: string, value: string] {
  const colon = line.indexOf(':')
  return [line.slice(0, colon), line.slice(colon + 1).trimStart()]
}
