/** Errors as responses, and the page that lists them. */

import { readFileSync } from 'node:fs'

import t from 'tap'

import { ERRORS, type ErrorCode } from '../../../src/domain/errors.ts'
import { type About, answerOf } from '../../../src/proxy/respond.ts'

const answer = (about: Partial<About> = {}) => {
  const { status, fields, body } = answerOf({
    code: 'QUEUE_FULL',
    fn: 'hello',
    requestId: 'id-1',
    accept: '',
    retryAfterMs: undefined,
    ...about,
  })
  const value = (name: string): string | undefined => fields[fields.indexOf(name) + 1]
  return { status, fields, value, text: Buffer.from(body).toString() }
}

t.test('respond: problem details carry the row, the function and the request id', (t) => {
  const { status, value, text } = answer()
  t.equal(status, 503)
  t.equal(value('Content-Type'), 'application/problem+json')
  t.equal(value('Content-Length'), String(Buffer.byteLength(text)))
  t.equal(value('Cache-Control'), 'no-store')
  t.equal(value('X-Request-Id'), 'id-1')
  t.match(JSON.parse(text), {
    type: 'urn:coldfront:error:QUEUE_FULL',
    title: 'Too many waiting',
    status: 503,
    detail: /^hello has/,
    instance: 'id-1',
    code: 'QUEUE_FULL',
  })
  t.end()
})

const type = (accept: string) => answer({ accept }).value('Content-Type')?.split(';')[0]

t.test('respond: HTML is for who names it and does not like JSON as much', (t) => {
  t.equal(type('text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'), 'text/html')
  t.equal(type('application/json;q=0.5, text/html'), 'text/html')
  for (const accept of [
    '',
    '*/*',
    'text/*',
    'application/json',
    'text/html;q=0',
    'application/json, text/html',
    'text/html;q=x',
  ]) {
    t.equal(type(accept), 'application/problem+json', accept)
  }
  t.end()
})

t.test('respond: a page escapes what it shows', (t) => {
  const { text } = answer({ accept: 'text/html', fn: '<b>&"\'' })
  t.match(text, '&lt;b&gt;&amp;&quot;&#39;')
  t.notMatch(text, '<b>')
  t.end()
})

t.test('respond: Retry-After is in whole seconds, at least one, where it helps', (t) => {
  t.equal(answer({ retryAfterMs: 1_200 }).value('Retry-After'), '2')
  t.equal(answer({ retryAfterMs: 0 }).value('Retry-After'), '1')
  t.equal(answer().value('Retry-After'), '1')
  t.notOk(answer({ code: 'UNKNOWN_HOST' }).fields.includes('Retry-After'))
  t.end()
})

t.test('docs: ERRORS.md lists every row of the table, and no other', (t) => {
  const page = readFileSync(new URL('../../../docs/ERRORS.md', import.meta.url), 'utf8')
  const sections = {
    client: '## The client',
    function: '## The function',
    gateway: '## The gateway',
  }
  const listed = [...page.matchAll(/^\| `([A-Z_]+)` \| (\d+) \| (yes|no) \| (.*?) \| (.*) \|$/gm)]
  t.same(
    listed.map(([, code]) => code),
    Object.values(sections)
      .toSorted((a, b) => page.indexOf(a) - page.indexOf(b))
      .flatMap((section) => codesOf(section, sections)),
  )
  for (const [, code, status, retryable, title, detail] of listed) {
    const row = ERRORS[code as ErrorCode]
    t.same(
      { status, retryable, title, detail },
      {
        status: String(row.status),
        retryable: row.retryable ? 'yes' : 'no',
        title: row.title,
        detail: row.detail('<function>'),
      },
      `${code}`,
    )
  }
  t.end()
})

function codesOf(section: string, sections: Readonly<Record<string, string>>): string[] {
  return Object.entries(ERRORS)
    .filter(([, row]) => sections[row.fault] === section)
    .map(([code]) => code)
}
