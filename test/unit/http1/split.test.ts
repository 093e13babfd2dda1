/** Any message means the same however its bytes are split into segments. */

import * as fc from 'fast-check'
import t from 'tap'

import { chunkHead } from '../../../src/http1/body.ts'
import { readBody } from '../../support/wire-body.ts'
import { meaning, read } from '../../support/wire-heads.ts'

const RUNS = { numRuns: 300, seed: 20_260 }

const chars = (text: string, min: number, max: number) =>
  fc
    .array(fc.constantFrom(...text.split('')), { minLength: min, maxLength: max })
    .map((list) => list.join(''))

const TOKEN = "!#$%&'*+-.^_`|~0123456789abcXYZ"
const VALUE = ' \t!"#$%&()*,-./0129:;<=>?@AZ[]^_az{|}~\x80\xa0\xff'

const field = fc
  .tuple(chars(TOKEN, 1, 12), chars(VALUE, 0, 30), chars(' \t', 0, 3))
  // A name that means something would make some of the messages invalid.
  .map(([name, value, blank]) => ({ name: `X-${name}`, value: value.trim(), blank }))

const request = fc.record({
  empty: fc.integer({ min: 0, max: 2 }),
  method: chars(TOKEN, 1, 12).filter((method) => method !== 'CONNECT'),
  target: chars('/?%2Ee;=&|{}"\xe4a.', 0, 40).map((rest) => `/${rest}`),
  minor: fc.constantFrom(0, 1),
  host: fc.constantFrom('a', 'A.b:80', '[::1]', 'x.test.'),
  fields: fc.array(field, { maxLength: 8 }),
})

const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 })

function split(text: string, at: readonly number[]): string[] {
  const places = [0, ...at.map((share) => Math.floor(share * text.length)).sort((a, b) => a - b)]
  return places.map((place, i) => text.slice(place, places[i + 1] ?? text.length)).filter((p) => p)
}

t.test('split: a request head means what was written, however it comes', async () => {
  fc.assert(
    fc.property(request, cuts, (r, at) => {
      const lines = [
        `Host: ${r.host}`,
        ...r.fields.map((f) => `${f.name}:${f.blank}${f.value}${f.blank}`),
      ]
      const text = `${'\r\n'.repeat(r.empty)}${r.method} ${r.target} HTTP/1.${r.minor}\r\n${lines.join('\r\n')}\r\n\r\n`
      for (const pieces of [[text], split(`${text}rest`, at), text.split('')]) {
        const got = read('request', pieces)
        if (got.k !== 'head') throw new Error(`${JSON.stringify(pieces)}: ${JSON.stringify(got)}`)
        const fields = ['Host', r.host, ...r.fields.flatMap((f) => [f.name, f.value])]
        const said = meaning(got.head) as Record<string, unknown>
        const expected = { ...said, method: r.method, target: r.target, minor: r.minor, fields }
        if (JSON.stringify(said) !== JSON.stringify(expected)) throw new Error(JSON.stringify(said))
      }
    }),
    RUNS,
  )
})

t.test('split: a head that is refused in one piece is refused in any', async () => {
  const wrong = fc.constantFrom('\n', '\0', ' \r\n X: y', 'X : y\r\n', '\r', 'Host: b\r\n')
  fc.assert(
    fc.property(
      request,
      wrong,
      fc.double({ min: 0, max: 1, noNaN: true }),
      cuts,
      (r, w, where, at) => {
        const whole = `${r.method} ${r.target} HTTP/1.1\r\nHost: a\r\n${r.fields.map((f) => `${f.name}:${f.value}\r\n`).join('')}\r\n`
        const place = Math.floor(where * whole.length)
        const text = whole.slice(0, place) + w + whole.slice(place)
        const one = read('request', [text])
        const many = read('request', split(text, at))
        if (one.k === 'refused' && many.k === 'head') throw new Error(JSON.stringify(text))
        if (one.k === 'head' && many.k !== 'head') throw new Error(JSON.stringify(text))
      },
    ),
    RUNS,
  )
})

t.test('split: a chunked body gives its content, however it comes', async () => {
  const chunk = fc.record({
    content: chars('ab\r\n0;\xff', 1, 60),
    extension: fc.constantFrom('', ';a', ';a=b', ';a="b c"'),
  })
  fc.assert(
    fc.property(
      fc.array(chunk, { maxLength: 8 }),
      fc.array(field, { maxLength: 3 }),
      cuts,
      (list, trailers, at) => {
        const text = list
          .map(({ content, extension }) => {
            const head = chunkHead(content.length).trimEnd()
            return `${head}${extension}\r\n${content}\r\n`
          })
          .join('')
        const end = `0\r\n${trailers.map((f) => `${f.name}: ${f.value}\r\n`).join('')}\r\n`
        for (const pieces of [
          [`${text}${end}rest`],
          split(`${text}${end}rest`, at),
          `${text}${end}rest`.split(''),
        ]) {
          const got = readBody({ framing: 'chunked' }, pieces)
          const content = list.map((c) => c.content).join('')
          if (got.k !== 'body' || got.content !== content || got.rest !== 'rest') {
            throw new Error(`${JSON.stringify(pieces)}: ${JSON.stringify(got)}`)
          }
        }
      },
    ),
    RUNS,
  )
})
