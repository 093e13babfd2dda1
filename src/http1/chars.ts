/**
 * Which bytes may stand where, as tables of 256 flags (RFC 9110 §5.6, RFC 3986). One lookup a byte is
 * all that the parser pays.
 */

export const HTAB = 0x09
export const LF = 0x0a
export const CR = 0x0d
export const SP = 0x20
export const COMMA = 0x2c
export const SLASH = 0x2f
export const ZERO = 0x30
export const COLON = 0x3a
export const SEMICOLON = 0x3b
export const QUESTION = 0x3f
export const ASTERISK = 0x2a

type Table = Readonly<Uint8Array>

const table = (allowed: (byte: number, char: string) => boolean): Table =>
  Uint8Array.from({ length: 256 }, (_, b) => (allowed(b, String.fromCharCode(b)) ? 1 : 0))

/** tchar, RFC 9110 §5.6.2. */
export const TOKEN = table((_, c) => /^[!#$%&'*+\-.^_`|~0-9A-Za-z]$/.test(c))

/** field-vchar, SP and HTAB, RFC 9110 §5.5: no control byte, obs-text allowed. */
export const VALUE = table((b) => b === HTAB || (b >= SP && b !== 0x7f))

/**
 * What a request target may hold. RFC 9112 §3.2 allows less; bytes that other parsers pass on (`|`, `"`,
 * obs-text, …) are passed on unchanged, but never white space, a control byte, or `#`, on which two
 * readers could split the target differently.
 */
export const TARGET = table((b) => b > SP && b !== 0x7f && b !== 0x23)

/**
 * reg-name and IPv4address, RFC 3986 §3.2.2, without pct-encoded and sub-delims: no host of the DNS has
 * them, and two readers could compare them differently.
 */
export const HOST = table((_, c) => /^[A-Za-z0-9\-._~]$/.test(c))

/** Between the brackets of an IPv6address, RFC 3986 §3.2.2. */
export const IPV6 = table((_, c) => /^[0-9A-Fa-f:.]$/.test(c))

/** The value of a hexadecimal digit, 0xff for every other byte. */
export const HEX: Table = Uint8Array.from({ length: 256 }, (_, b) => {
  const value = '0123456789abcdef'.indexOf(String.fromCharCode(b).toLowerCase())
  return value < 0 ? 0xff : value
})

/** A–Z as a–z, every other byte as it is. */
export const LOWER: Table = Uint8Array.from({ length: 256 }, (_, b) =>
  b >= 0x41 && b <= 0x5a ? b + 0x20 : b,
)

export const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39

export const isBlank = (byte: number): boolean => byte === SP || byte === HTAB

/** Whether `bytes[at, end)` is `text` (lower case, ASCII), in any case. */
export function isText(bytes: Uint8Array, at: number, end: number, text: string): boolean {
  if (end - at !== text.length) return false
  for (let i = 0; i < text.length; i++) {
    if (LOWER[bytes[at + i]!] !== text.charCodeAt(i)) return false
  }
  return true
}
