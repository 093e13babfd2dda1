/** docs/SECURITY.md says what is so: its engine calls, its filters and its tests are compared with the code both ways. */

import { readFileSync, readdirSync } from 'node:fs'
import t from 'tap'

import { ENGINE_CALLS } from '../../src/runtime/docker/calls.ts'

const page = readFileSync(new URL('../../docs/SECURITY.md', import.meta.url), 'utf8')
const HERE = new URL('.', import.meta.url)

t.test('security page: it lists every engine call, and no other', async (t) => {
  const listed = [...page.matchAll(/^\| `(GET|POST|DELETE) (\S+)` \| (.+) \|$/gm)].map(
    ([, method, path, why]) => ({ method, path, why }),
  )
  t.strictSame(listed, ENGINE_CALLS)
})

t.test(
  'security page: every attack that it names is a test, and every test is named',
  async (t) => {
    const named = new Set([...page.matchAll(/`([a-z-]+\.test\.ts)`/g)].map(([, name]) => name))
    const there = readdirSync(HERE).filter((name) => name.endsWith('.test.ts'))
    t.strictSame(named, new Set(there))
  },
)

/** The filters of the page, as the proxies that take them read them: anchored at both ends. */
function filters(block: string): ReadonlyMap<string, RegExp> {
  return new Map(
    [...block.matchAll(/^-allow(GET|POST|DELETE)=(\S+)$/gm)].map(([, method = '', pattern]) => [
      method,
      new RegExp(`^(?:${pattern})$`),
    ]),
  )
}

const blocks = [...page.matchAll(/^```\n(-allow[^`]+)```$/gm)].map(([, block = '']) => block)
const exampleOf = (path: string): string =>
  path.startsWith('/images/')
    ? path.replace('*', 'registry.example:5000/team/app:1.2')
    : path.replace('*', 'coldfront-app-0123abcd_x.y')

/** What a gateway has no business with. */
const FOREIGN = [
  ['POST', '/containers/x/exec'],
  ['POST', '/containers/x/update'],
  ['POST', '/containers/x/rename'],
  ['POST', '/containers/x/attach'],
  ['POST', '/containers/prune'],
  ['GET', '/containers/x/archive'],
  ['GET', '/containers/x/export'],
  ['GET', '/containers/x/../../secrets'],
  ['POST', '/exec/x/start'],
  ['POST', '/build'],
  ['POST', '/commit'],
  ['POST', '/images/load'],
  ['POST', '/volumes/create'],
  ['POST', '/networks/create'],
  ['POST', '/networks/x/disconnect'],
  ['DELETE', '/images/x'],
  ['DELETE', '/volumes/x'],
  ['DELETE', '/containers/x/y'],
  ['GET', '/secrets'],
  ['GET', '/volumes'],
  ['POST', '/swarm/init'],
  ['POST', '/plugins/pull'],
] as const

t.test('security page: its filter lets through the calls in use and nothing else', async (t) => {
  const [whole, existing] = blocks.map(filters)
  t.equal(blocks.length, 2)
  for (const { method, path } of ENGINE_CALLS)
    for (const version of ['', '/v1.47'])
      t.match(`${version}${exampleOf(path)}`, whole?.get(method), `${method} ${path}`)
  for (const [method, path] of FOREIGN)
    for (const filter of [whole, existing])
      t.notOk(filter?.get(method)?.test(`/v1.47${path}`), `${method} ${path}`)
})

t.test(
  'security page: with container: alone making, removing and pulling stay closed',
  async (t) => {
    const [, existing] = blocks.map(filters)
    const closed = ENGINE_CALLS.filter(
      ({ method, path }) => !existing?.get(method)?.test(`/v1.47${exampleOf(path)}`),
    ).map(({ method, path }) => `${method} ${path}`)
    t.strictSame(closed, [
      'POST /containers/create',
      'DELETE /containers/*',
      'POST /networks/*/connect',
      'GET /images/*/json',
      'POST /images/create',
    ])
  },
)
