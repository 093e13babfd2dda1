/** Seeded damage to messages: the same seed gives the same bytes. */

/** A small generator of chance (mulberry32): numbers in [0, 1). */
export function chance(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Pieces at which parsers are known to differ. */
const SPITE = [
  '\r',
  '\n',
  '\r\n',
  '\0',
  ' ',
  '\t',
  '\x0b',
  '\x7f',
  '\x80',
  '\xff',
  ':',
  ',',
  ';',
  '#',
  '"',
  '_',
  'Content-Length: 5\r\n',
  'Content-Length: 0\r\n',
  'Content_Length: 5\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding: gzip, chunked\r\n',
  'Transfer-Encoding:\x0bchunked\r\n',
  'Host: b\r\n',
  'Host:\r\n',
  'Connection: close\r\n',
  'Connection: host, content-length\r\n',
  'Expect: 100-continue\r\n',
  'Upgrade: h2c\r\n',
  'X: y\r\n z\r\n',
  'X : y\r\n',
  '0\r\n\r\n',
  '5\r\nhello\r\n',
  '0x5\r\n',
  '-5\r\n',
  '+5\r\n',
  '5 \r\n',
  '5;a="b\r\n',
  ' HTTP/1.1',
  ' HTTP/1.0',
  ' HTTP/0.9',
  'http://b/',
  '*',
  'chunked',
  'identity',
] as const

export const SEEDS: readonly string[] = [
  'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET http://a:80/x?y HTTP/1.1\r\nHost: b\r\nX-A: 1\r\nX-B:2 \r\n\r\n',
  'OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, x\r\n\r\n',
  'POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello',
  'PUT /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3;a=b\r\nabc\r\n0\r\nT: x\r\n\r\n',
  'POST /old HTTP/1.0\r\nHost: a\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nhi',
  'GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi',
]

/** `text` with one to four places damaged. */
export function mutate(text: string, random: () => number): string {
  const pick = (count: number): number => Math.floor(random() * count)
  let out = text
  for (let n = 1 + pick(4); n > 0; n -= 1) {
    const at = pick(out.length + 1)
    const to = Math.min(out.length, at + pick(6))
    const kind = pick(5)
    if (kind === 0) out = out.slice(0, at) + out.slice(to)
    else if (kind === 1) out = out.slice(0, at) + SPITE[pick(SPITE.length)]! + out.slice(at)
    else if (kind === 2) out = out.slice(0, at) + String.fromCharCode(pick(256)) + out.slice(at + 1)
    else if (kind === 3) out = out.slice(0, to) + out.slice(at)
    else {
      const line = out.indexOf('\r\n', at)
      out =
        line < 0 ? out : out.slice(0, line + 2) + SPITE[pick(SPITE.length)]! + out.slice(line + 2)
    }
  }
  return out
}
