/** Bytes as text, one char a byte: the only reading of header bytes that loses nothing. */

/** Node's own reading of latin1, without the look-up of an encoding by its name. Not in its types. */
interface Latin1 {
  latin1Slice(at: number, end: number): string
}

export const latin1 = (bytes: Buffer, at: number, end: number): string =>
  (bytes as Buffer & Latin1).latin1Slice(at, end)

/** The bytes of a text in latin1. */
export const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1')
