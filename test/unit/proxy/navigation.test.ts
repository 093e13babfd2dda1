import t from 'tap'
import type { Fields } from '../../../src/domain/exchange.ts'
import type { IncomingHead } from '../../../src/proxy/incoming.ts'
import { wantsPage } from '../../../src/proxy/navigation.ts'
import { functionSpec } from '../../support/function-spec.ts'

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'

const head = (fields: Fields, parts: Partial<IncomingHead> = {}): IncomingHead => ({
  method: 'GET',
  target: '/',
  version: '1.1',
  host: 'hello.test',
  authority: 'hello.test',
  fields,
  body: 'none',
  upgrade: undefined,
  expectsContinue: false,
  maxForwards: undefined,
  fault: undefined,
  ...parts,
})

const meets = (
  onCold: 'hold' | 'page' | 'auto',
  fields: Fields,
  parts: Partial<IncomingHead> = {},
) => wantsPage(functionSpec({ onCold }), head(['Accept', BROWSER, ...fields], parts))

t.test('navigation: by default everything is held', async (t) => {
  t.notOk(meets('hold', ['Sec-Fetch-Mode', 'navigate', 'Sec-Fetch-Dest', 'document']))
})

t.test('navigation: auto shows the page to a window that goes there', async (t) => {
  t.ok(meets('auto', ['Sec-Fetch-Mode', 'navigate', 'Sec-Fetch-Dest', 'document']))
  t.ok(meets('auto', ['Upgrade-Insecure-Requests', '1']), 'over plain HTTP browsers say less')
  const others: Fields[] = [
    [],
    ['Sec-Fetch-Mode', 'navigate', 'Sec-Fetch-Dest', 'iframe'],
    ['Sec-Fetch-Mode', 'cors', 'Sec-Fetch-Dest', 'empty'],
    ['Sec-Fetch-Mode', 'no-cors', 'Sec-Fetch-Dest', 'image', 'Upgrade-Insecure-Requests', '1'],
  ]
  for (const fields of others) t.notOk(meets('auto', fields), fields.join(' '))
})

t.test('navigation: page shows it to whoever prefers HTML', async (t) => {
  t.ok(meets('page', []))
  const page = functionSpec({ onCold: 'page' })
  for (const accept of ['*/*', 'application/json', 'application/json, text/html;q=0.5', ''])
    t.notOk(wantsPage(page, head(['Accept', accept])), accept)
  t.notOk(wantsPage(page, head([])))
})

t.test('navigation: what cannot simply be sent again is held', async (t) => {
  for (const parts of [
    { method: 'POST' },
    { method: 'HEAD' },
    { body: 5 },
    { upgrade: 'websocket' },
  ])
    t.notOk(meets('page', [], parts), JSON.stringify(parts))
})
