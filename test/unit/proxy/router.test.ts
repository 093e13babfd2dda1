/** Host and path → function. */

import { array, assert, boolean, constantFrom, property, tuple } from 'fast-check'
import t from 'tap'

import { functionId } from '../../../src/domain/ids.ts'
import { Router } from '../../../src/proxy/router.ts'
import { functionSpec } from '../../support/function-spec.ts'

const fn = (id: string, ...routes: string[]) =>
  functionSpec({
    id: functionId(id),
    isDefault: id === 'default',
    routes: routes.map((route) => {
      const slash = route.indexOf('/')
      return { host: route.slice(0, slash), path: route.slice(slash) }
    }),
  })

const ROUTER = new Router([
  fn('exact', 'a.example/'),
  fn('api', 'a.example/api/', 'a.example/api/v2/deep/'),
  fn('short', '*.example/'),
  fn('long', '*.b.example/', '*.b.example/only/'),
  fn('paths', 'p.example/x/'),
  fn('default'),
])

const CASES: readonly (readonly [host: string, target: string, fn: string, why: string])[] = [
  ['a.example', '/', 'exact', 'an exact host'],
  ['a.example', '/api/', 'api', 'a prefix'],
  ['a.example', '/api/v1?x=/', 'api', 'a prefix with more behind it'],
  ['a.example', '/api', 'exact', 'a bare prefix belongs to whoever has /'],
  ['a.example', '/api?/', 'exact', 'a query is no path'],
  ['a.example', '/apis/', 'exact', 'prefixes end at a slash'],
  ['a.example', '/API/', 'exact', 'paths are compared byte by byte'],
  ['a.example', '/%61pi/', 'exact', 'paths are not decoded'],
  ['a.example', '//api/', 'exact', 'paths are not normalised'],
  ['a.example', '/api/v2/deep/er/', 'api', 'the longest prefix of several'],
  ['a.example', '*', 'exact', 'OPTIONS *'],
  ['x.example', '/', 'short', 'a wildcard of one label'],
  ['x.y.example', '/', 'short', 'a wildcard of several labels'],
  ['x.b.example', '/', 'long', 'the longest wildcard'],
  ['b.example', '/', 'short', 'a wildcard needs a label'],
  ['example', '/', 'default', 'the suffix alone is not in the wildcard'],
  ['p.example', '/x/1', 'paths', 'a host with prefixes alone'],
  ['p.example', '/y', 'short', 'a path that the exact host does not have'],
  ['nowhere.test', '/', 'default', 'an unknown host'],
  ['', '/', 'default', 'no host'],
]

t.test(
  'router: exact before longest wildcard before default, the longest prefix within a host',
  (t) => {
    for (const [host, target, expected, why] of CASES) {
      t.equal(ROUTER.match(host, target)?.id, expected, why)
    }
    t.end()
  },
)

t.test('router: without a default an unknown host has no function', (t) => {
  const router = new Router([fn('a', 'a.example/x/')])
  t.equal(router.match('b.example', '/x/'), undefined)
  t.equal(router.match('a.example', '/'), undefined)
  t.end()
})

t.test('router: an explanation names the route', (t) => {
  t.match(ROUTER.explain('x.b.example', '/only/1'), {
    by: 'wildcard',
    fn: { id: 'long' },
    route: { host: '*.b.example', path: '/only/' },
  })
  t.match(ROUTER.explain('a.example', '/'), { by: 'exact', route: { path: '/' } })
  t.match(ROUTER.explain('z.test', '/'), { by: 'default', route: undefined })
  t.same(new Router([]).explain('z.test', '/'), { by: 'nothing', fn: undefined, route: undefined })
  t.end()
})

t.test('router: of two equal routes the first one stands', (t) => {
  const router = new Router([fn('first', 'a.example/'), fn('second', 'a.example/')])
  t.equal(router.match('a.example', '/')?.id, 'first')
  t.end()
})

t.test('router: finds what a plain search finds', (t) => {
  const label = constantFrom('a', 'b', 'c')
  const hosts = array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'))
  const paths = array(constantFrom('x', 'y', ''), { maxLength: 3 }).map((s) =>
    s.map((p) => `${p}/`).join(''),
  )
  const routes = array(
    tuple(boolean(), hosts, paths).map(([wild, host, path]) => ({
      host: wild ? `*.${host}` : host,
      path: `/${path}`,
    })),
    { maxLength: 12 },
  )
  assert(
    property(routes, hosts, paths, (list, host, path) => {
      const functions = list.map((route, i) =>
        functionSpec({ id: functionId(`f${i}`), routes: [route] }),
      )
      const fits = (route: { host: string; path: string }): boolean =>
        `/${path}rest`.startsWith(route.path) &&
        (route.host === host || (route.host.startsWith('*.') && host.endsWith(route.host.slice(1))))
      // Hosts without a wildcard rank above every wildcard, then by length, then by path.
      const rank = (route: { host: string; path: string }): number =>
        (route.host === host ? 1e6 : route.host.length * 1e3) + route.path.length
      const best = functions
        .filter((f) => fits(f.routes[0]!))
        .toSorted((a, b) => rank(b.routes[0]!) - rank(a.routes[0]!))[0]
      return new Router(functions).match(host, `/${path}rest`)?.id === best?.id
    }),
  )
  t.end()
})
