import t from 'tap'
import { functionId } from '../../../src/domain/ids.ts'
import { explainRoute } from '../../../src/proxy/route-explanation.ts'
import { functionSpec } from '../../support/function-spec.ts'

const FUNCTIONS = [
  functionSpec({
    id: functionId('api'),
    routes: [
      { host: 'example.org', path: '/api/' },
      { host: '*.example.org', path: '/' },
      { host: 'xn--mnchen-3ya.example', path: '/' },
    ],
  }),
  functionSpec({ id: functionId('rest'), routes: [], isDefault: true }),
]

t.test('route explanation: says what decided, for hosts as people write them', async (t) => {
  const cases = [
    ['example.org', '/api/x', 'exact', 'api', 'example.org/api/'],
    ['EXAMPLE.org.:8080', '/api/x', 'exact', 'api', 'example.org/api/'],
    ['a.b.example.org', '/', 'wildcard', 'api', '*.example.org'],
    ['example.org', '/other', 'default', 'rest', undefined],
    ['München.example', '/', 'exact', 'api', 'xn--mnchen-3ya.example'],
  ] as const
  for (const [host, path, by, fn, route] of cases)
    t.match(explainRoute(FUNCTIONS, host, path), { by, function: fn, route, path }, host + path)
  const nowhere = explainRoute([], 'example.org', '/')
  t.strictSame(nowhere, {
    host: 'example.org',
    path: '/',
    by: 'nothing',
    function: undefined,
    route: undefined,
  })
})

t.test('route explanation: refuses what is no host or no path', async (t) => {
  for (const host of ['', 'a b', 'http://a', 'a:b', 'user@a'])
    t.equal(explainRoute(FUNCTIONS, host, '/'), undefined, host)
  for (const path of ['', 'x', '/ä', '/a b'])
    t.equal(explainRoute(FUNCTIONS, 'example.org', path), undefined, path)
})
