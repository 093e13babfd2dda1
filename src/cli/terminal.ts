/** The terminal that a person sits at: its size, and keys as they are typed. */

export interface Size {
  readonly rows: number
  readonly columns: number
}

export interface Terminal {
  size(): Size
  /** Each key at once instead of each line, unechoed; returns what gives the keys back. Ctrl-C is a key, `\u0003`. */
  keys(listener: (key: string) => void): () => void
  /** Returns what ends it. */
  onResize(listener: () => void): () => void
}

/** Of a terminal that tells nothing of its size. */
const SIZE: Size = { rows: 24, columns: 80 }

export const processTerminal: Terminal = {
  size: () => ({
    rows: process.stdout.rows > 0 ? process.stdout.rows : SIZE.rows,
    columns: process.stdout.columns > 0 ? process.stdout.columns : SIZE.columns,
  }),
  keys: (listener) => {
    const { stdin } = process
    stdin.setRawMode(true)
    stdin.setEncoding('utf8')
    // Several keys may come in one piece; a cursor key is a sequence of characters.
    const onData = (text: string): void => {
      // oxlint-disable-next-line no-control-regex -- escape sequences begin with one
      for (const key of text.match(/\u001b\[[0-9;]*[A-Za-z~]|[^]/gu) ?? []) listener(key)
    }
    stdin.on('data', onData)
    return () => {
      stdin.off('data', onData)
      stdin.setRawMode(false)
      stdin.pause()
    }
  },
  onResize: (listener) => {
    process.stdout.on('resize', listener)
    return () => void process.stdout.off('resize', listener)
  },
}
