/** The field names that framing, connections and policy need, found while the name is read. */

/** Ids stay below 31, so that a set of them is one integer. */
export const NAME = {
  other: 0,
  connection: 1,
  'content-length': 2,
  'transfer-encoding': 3,
  host: 4,
  upgrade: 5,
  expect: 6,
  te: 7,
  'keep-alive': 8,
  'proxy-connection': 9,
  trailer: 10,
  'http2-settings': 11,
  'proxy-authorization': 12,
  'proxy-authenticate': 13,
  forwarded: 14,
  'x-forwarded-for': 15,
  'x-forwarded-host': 16,
  'x-forwarded-proto': 17,
  via: 18,
  'x-request-id': 19,
  traceparent: 20,
  tracestate: 21,
  'max-forwards': 22,
  date: 23,
  'user-agent': 24,
  'x-forwarded-port': 25,
  proxy: 26,
  'proxy-authentication-info': 27,
  accept: 28,
  /** One of GUARDED with `_` for `-`: servers of the CGI kind cannot tell the two apart. */
  disguised: 30,
} as const

export type NameId = (typeof NAME)[keyof typeof NAME]

/** The set with this one id. */
export const bit = (id: NameId): number => 1 << id

/** The set of the ids of these names. */
export const setOf = (...names: (keyof typeof NAME)[]): number =>
  names.reduce((set, name) => set | bit(NAME[name]), 0)

/** Framing, and what the gateway vouches for: dangerous under another spelling too. */
const GUARDED: ReadonlySet<string> = new Set([
  'content-length',
  'transfer-encoding',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-request-id',
])

interface Known {
  readonly id: NameId
  readonly bytes: Uint8Array
  readonly guarded: boolean
}

const BY_LENGTH: Known[][] = Array.from({ length: 26 }, () => [])
for (const [name, id] of Object.entries(NAME)) {
  if (id === NAME.other || id === NAME.disguised) continue
  BY_LENGTH[name.length]!.push({ id, bytes: Buffer.from(name), guarded: GUARDED.has(name) })
}

/**
 * The id of the name `bytes[at, at + length)`, which must consist of token bytes; case does not matter.
 * Only names of the same length are compared, and most differ in the first byte.
 */
export function identify(bytes: Uint8Array, at: number, length: number): NameId {
  const bucket = BY_LENGTH[length]
  if (bucket === undefined) return NAME.other
  for (let i = 0; i < bucket.length; i++) {
    const known = bucket[i]!
    const match = compare(bytes, at, known)
    if (match !== 0) return match === 1 ? known.id : NAME.disguised
  }
  return NAME.other
}

/** 1: the same name. 2: the same but for `_` in the place of `-`. 0: another. */
function compare(bytes: Uint8Array, at: number, { bytes: name, guarded }: Known): 0 | 1 | 2 {
  let match: 1 | 2 = 1
  for (let i = 0; i < name.length; i++) {
    const byte = bytes[at + i]!
    if ((byte | 0x20) === name[i]) continue
    // Of token bytes only a letter folds onto a letter, so that this is no false match.
    if (byte !== 0x5f || name[i] !== 0x2d || !guarded) return 0
    match = 2
  }
  return match
}
