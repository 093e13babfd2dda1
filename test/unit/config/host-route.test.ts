import t from 'tap'
import { parseHostRoute } from '../../../src/config/host-route.ts'

t.test('host route: case, a trailing dot and national letters come to one form', async (t) => {
  const same = (text: string, host: string, path = '/') =>
    t.strictSame(parseHostRoute(text), { host, path }, text)
  same('example.org', 'example.org')
  same('Example.ORG.', 'example.org')
  same('Bücher.example', 'xn--bcher-kva.example')
  same('*.Example.org', '*.example.org')
  same('*.localhost/api/v1/', '*.localhost', '/api/v1/')
  same('a_b.localhost/', 'a_b.localhost')
  same('127.0.0.1', '127.0.0.1')
  same('[::0001]/x/', '[::1]', '/x/')
  same('example.org/%7Ea/', 'example.org', '/%7Ea/')
})

t.test('host route: what is none says what was expected', async (t) => {
  const wrong = (text: string, why: RegExp) => t.match(parseHostRoute(text), why, text)
  wrong('', /expected a host/)
  wrong('http://example.org/', /without a scheme/)
  wrong('example.org:8080', /without a port/)
  wrong('example.org/api', /ends in "\/"/)
  wrong('example.org/a b/', /percent-encoded/)
  wrong('example.org/?q/', /percent-encoded/)
  wrong('*', /default:/)
  wrong('a.*.org', /at the front/)
  wrong('*.1.2.3.4', /no names below/)
  wrong('1.2', /expected a host/)
  wrong('a..b', /expected a host/)
  wrong('-a.b', /expected a host/)
  wrong('ex%61mple.org', /expected a host/)
  wrong('a b', /expected a host/)
  wrong('[::1', /expected a host/)
  wrong(`${'a'.repeat(64)}.org`, /expected a host/)
  wrong(`${'a.'.repeat(127)}org`, /expected a host/)
})
