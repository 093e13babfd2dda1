import t from 'tap'
import { formatMistakes } from '../../../src/config/mistake.ts'
import { workspace, yaml } from './workspace.ts'

t.test('mistakes: all of them are told at once, each with line, column and caret', async (t) => {
  const text = yaml`
    listen: { http: 8080 }
    functions:
      hello:
        host: hello.localhost
        command: node hello.js
        concurency: 3
        instances: { min: 0, max: 0 }
      wiki:
        hosts: [wiki.localhost]
        image: wiki
        container: wiki
        memory: 512
      nothing: {}
    runtimee: docker
  `
  t.equal(
    await workspace(t, text).mistakes(),
    `gateway.yaml:1:17: expected an address such as 127.0.0.1:8080, :8080 or unix:/path
  1 | listen: { http: 8080 }
    |                 ^^^^

gateway.yaml:4:5: there is no option "host" here; did you mean hosts?
  4 |     host: hello.localhost
    |     ^^^^

gateway.yaml:5:14: expected a list such as [one, two]
  5 |     command: node hello.js
    |              ^^^^^^^^^^^^^

gateway.yaml:6:5: there is no option "concurency" here; did you mean concurrency?
  6 |     concurency: 3
    |     ^^^^^^^^^^

gateway.yaml:7:31: expected a whole number from 1 to 1000
  7 |     instances: { min: 0, max: 0 }
    |                               ^

gateway.yaml:11:5: a function has either image or container, not both
  11 |     container: wiki
     |     ^^^^^^^^^

gateway.yaml:12:13: expected a size from 6MiB to 16TiB (units B, KiB, MiB, GiB, TiB, as in 512MiB)
  12 |     memory: 512
     |             ^^^

gateway.yaml:13:3: what runs it is missing: expected image, container, command or upstream
  13 |   nothing: {}
     |   ^^^^^^^

gateway.yaml:14:1: there is no option "runtimee" here; did you mean runtime?
  14 | runtimee: docker
     | ^^^^^^^^`,
  )
})

t.test('mistakes: YAML that cannot be parsed is shown at its place', async (t) => {
  const text = yaml`
    functions:
      a: { hosts: [a.localhost }
  `
  t.match(
    await workspace(t, text).mistakes(),
    /^gateway\.yaml:2:\d+: this is not valid YAML: .*\n {2}2 \|   a: \{ hosts: \[a\.localhost \}\n/,
  )
})

t.test('mistakes: a key that stands twice names the line of the first', async (t) => {
  const text = yaml`
    functions:
      a: { upstream: "h:1", hosts: a }
      b: { upstream: "h:1", hosts: b }
      a: { upstream: "h:2", hosts: c }
  `
  t.equal(
    await workspace(t, text).mistakes(),
    `gateway.yaml:4:3: "a" stands here already, in line 2
  4 |   a: { upstream: "h:2", hosts: c }
    |   ^`,
  )
})

t.test('mistakes: unknown tags, missing anchors and a second document are refused', async (t) => {
  t.match(
    await workspace(t, 'functions: !secret x\n').mistakes(),
    /gateway\.yaml:1:12: .*tag: !secret/,
  )
  t.match(
    await workspace(t, 'functions: *none\n').mistakes(),
    /1:12: there is no anchor &none above/,
  )
  t.match(
    await workspace(t, 'functions: {}\n---\na: 1\n').mistakes(),
    /gateway\.yaml:2:1: .*documents/,
  )
})

t.test('mistakes: an option of another kind of function says for which kinds it is', async (t) => {
  const text = yaml`
    functions:
      a:
        hosts: a.localhost
        command: [a]
        memory: 1GiB
      b:
        hosts: b.localhost
        upstream: "127.0.0.1:1"
        idle: { stopAfter: 1m }
        port: 3
  `
  t.equal(
    await workspace(t, text).mistakes(),
    `gateway.yaml:5:5: memory is for functions with image, not command
  5 |     memory: 1GiB
    |     ^^^^^^

gateway.yaml:9:5: idle is for functions with image or container or command, not upstream
  9 |     idle: { stopAfter: 1m }
    |     ^^^^

gateway.yaml:10:5: port is for functions with image or container or command, not upstream
  10 |     port: 3
     |     ^^^^`,
  )
})

t.test('mistakes: an option one level too high names its group', async (t) => {
  const text = yaml`
    functions:
      a:
        hosts: a.localhost
        command: [a]
        stopAfter: 1m
  `
  t.match(
    await workspace(t, text).mistakes(),
    /there is no option "stopAfter" here; did you mean idle\.stopAfter\?/,
  )
})

t.test('mistakes: options that do not go together are told where they stand', async (t) => {
  const text = yaml`
    defaults: { idle: { pauseAfter: 1m } }
    functions:
      order: { hosts: o.localhost, command: [a], idle: { stopAfter: 30s } }
      least: { hosts: l.localhost, command: [a], instances: { min: 3, max: 2 } }
      fixed: { hosts: f.localhost, command: [a], port: 3000, instances: { max: 2 } }
      overlap: { hosts: v.localhost, container: c, rollout: overlap }
      both: { hosts: b.localhost, image: i, port: 1, socket: /s }
      where: { hosts: w.localhost, image: i, runtime: process }
      taken: { hosts: t.localhost, image: i, env: { PORT: 3 } }
      check: { hosts: c.localhost, command: [a], readiness: { healthcheck: true } }
      socket: { hosts: s.localhost, image: i, volumes: ["/var/run:/x:ro"] }
  `
  const found = (await workspace(t, text).mistakes())
    .split('\n')
    .filter((line) => line.startsWith('gateway'))
  t.strictSame(found, [
    'gateway.yaml:3:65: idle.stopAfter comes before idle.pauseAfter: expected pauseAfter ≤ stopAfter ≤ removeAfter, set or inherited; "never" leaves one out',
    'gateway.yaml:4:64: instances.min is greater than instances.max',
    'gateway.yaml:5:76: expected 1: two cannot listen at one place',
    'gateway.yaml:6:57: expected replace: two runs of this function cannot overlap',
    'gateway.yaml:7:50: a function listens on either port or socket, not both',
    'gateway.yaml:8:42: "runtime: process" is for functions with command alone, not image',
    'gateway.yaml:9:49: PORT is set by the gateway; write "port:" instead',
    'gateway.yaml:10:72: expected false: a child process has no HEALTHCHECK',
    'gateway.yaml:11:53: this hands the host to the function; if that is meant, write "dangerous: true"',
  ])
})

t.test(
  'mistakes: two functions cannot have one host, and a function cannot lead back to the gateway',
  async (t) => {
    const text = yaml`
    listen: { http: ":8080" }
    default: hullo
    functions:
      hello: { hosts: [a.localhost, "A.localhost."], upstream: "localhost:8080" }
      other: { hosts: [b.localhost/x/, a.localhost], upstream: "127.0.0.1:9090" }
  `
    t.equal(
      await workspace(t, text).mistakes(),
      `gateway.yaml:2:10: there is no such function; did you mean hello?
  2 | default: hullo
    |          ^^^^^

gateway.yaml:4:33: this host and path stand here twice
  4 |   hello: { hosts: [a.localhost, "A.localhost."], upstream: "localhost:8080" }
    |                                 ^^^^^^^^^^^^^^

gateway.yaml:4:60: the gateway itself listens there
  4 |   hello: { hosts: [a.localhost, "A.localhost."], upstream: "localhost:8080" }
    |                                                            ^^^^^^^^^^^^^^^^

gateway.yaml:5:36: this host and path lead to "hello" already, at gateway.yaml:4:12
  5 |   other: { hosts: [b.localhost/x/, a.localhost], upstream: "127.0.0.1:9090" }
    |                                    ^^^^^^^^^^^

gateway.yaml:5:60: the gateway itself listens there
  5 |   other: { hosts: [b.localhost/x/, a.localhost], upstream: "127.0.0.1:9090" }
    |                                                            ^^^^^^^^^^^^^^^^`,
    )
  },
)

t.test(
  'mistakes: a socket is absolute in a container, and none of the gateway’s own',
  async (t) => {
    const text = yaml`
    stateDir: /var/lib/gw
    functions:
      a: { hosts: a, image: i, socket: app.sock }
      b: { hosts: b, command: [b], socket: app.sock, env: { SOCKET: x }, instances: { max: 2 } }
      c: { hosts: c, upstream: "unix:/var/lib/gw/admin.sock" }
      d: { hosts: d, command: [d], socket: ../d.sock }
  `
    const found = (await workspace(t, text).mistakes()).split('\n')
    t.strictSame(
      found.filter((line) => line.startsWith('gateway')),
      [
        'gateway.yaml:3:36: expected an absolute path: it is one inside the container',
        'gateway.yaml:4:57: SOCKET is set by the gateway',
        'gateway.yaml:5:28: the gateway itself listens there',
        'gateway.yaml:6:40: expected an absolute path of at most 103 bytes, or a name',
      ],
    )
  },
)

t.test('mistakes: what defaults say wrong is said once, in defaults', async (t) => {
  const text = yaml`
    defaults: { concurrency: 0, hosts: [x], env: { PORT: 1 } }
    functions:
      a: { hosts: a, command: [a] }
      b: { hosts: b, command: [b] }
  `
  const found = (await workspace(t, text).mistakes())
    .split('\n')
    .filter((line) => line.startsWith('gateway'))
  t.match(found, [
    /^gateway.yaml:1:26: expected a whole number/,
    /^gateway.yaml:1:29: there is no option "hosts"/,
  ])
  t.equal(found.length, 2)
})

t.test(
  'mistakes: a file without functions, an empty one and one that is not there say so',
  async (t) => {
    t.match(
      await workspace(t, '').mistakes(),
      /^gateway.yaml:1:1: there are no functions: expected "functions:"/,
    )
    t.match(await workspace(t, '- a\n').mistakes(), /^gateway.yaml:1:1: expected a map of options/)
    t.match(
      await workspace(t, 'functions:\n').mistakes(),
      /^gateway.yaml:1:1: expected a map of functions by name/,
    )
    t.equal(await workspace(t, {}).mistakes(), 'gateway.yaml: there is no such file')
  },
)

t.test(
  'mistakes: files that are too large, nested too deeply or multiply themselves are refused',
  async (t) => {
    t.match(
      await workspace(t, `# ${'x'.repeat(5 * 1024 * 1024)}`).mistakes(),
      /larger than 4194304 bytes/,
    )
    t.match(await workspace(t, '['.repeat(100_000)).mistakes(), /nested too deeply|not valid YAML/)
    const lol = Array.from(
      { length: 9 },
      (_, i) => `l${i + 1}: &l${i + 1} [${`*l${i},`.repeat(9)}]`,
    )
    t.match(
      await workspace(t, `l0: &l0 [lol]\n${lol.join('\n')}\n`).mistakes(),
      /aliases multiply its values beyond 10000/,
    )
  },
)

t.test(
  'mistakes: long lines are cut around the place, tabs stay, and many mistakes are counted',
  async (t) => {
    const source = `\t${'x'.repeat(300)}bad${'y'.repeat(300)}`
    const [, line = '', caret = ''] = formatMistakes([
      { file: 'f', place: { line: 7, column: 302, length: 3, source }, message: 'm' },
    ]).split('\n')
    t.equal(line.slice(caret.indexOf('^'), caret.lastIndexOf('^') + 1), 'bad')
    t.ok(line.length < 140)
    const many = Array.from({ length: 60 }, () => ({ file: 'f', place: undefined, message: 'm' }))
    t.match(formatMistakes(many), /\n\nand 10 more mistakes$/)
    const tabbed = formatMistakes([
      { file: 'f', place: { line: 1, column: 3, length: 1, source: '\t\tx' }, message: 'm' },
    ])
    t.match(tabbed, /\| \t\t\^$/)
  },
)

t.test('mistakes: a hook is judged entry by entry', async (t) => {
  const text = yaml`
    hooks:
      - { url: "ftp://example.org", events: failed }
      - { url: "http://example.org", events: [woke, wake] }
      - { url: "http://example.org", event: woke }
    functions: {}
  `
  const told = await workspace(t, text).mistakes()
  t.match(told, 'gateway.yaml:2:12: expected an address such as https://example.org/hook')
  t.match(told, /gateway\.yaml:3:\d+: expected one of woke, held/)
  t.match(told, /gateway\.yaml:4:\d+: there is no option "event" here; did you mean events\?/)
})

t.test('mistakes: what is together more than there is, is told', async (t) => {
  const text = yaml`
    budget: { memory: 256MiB }
    functions:
      large: { hosts: l.localhost, image: i, memory: 512MiB }
      fits: { hosts: f.localhost, image: i }
      spares: { hosts: s.localhost, image: i, instances: { max: 2, spare: 3 } }
      ahead: { hosts: a.localhost, command: [a], instances: { prepared: 1 } }
      when: { hosts: w.localhost, image: i, instances: { spareAt: [never] } }
  `
  const found = await workspace(t, text).mistakes()
  t.match(found, 'one instance of it counts as more than budget.memory')
  t.match(found, 'instances.min and instances.spare together')
  t.match(found, 'only a container can be created ahead')
  t.match(found, 'expected a time of the week such as mon-fri 08:00-18:00')
  t.notMatch(found, 'fits')
})

t.test(
  'mistakes: a sandbox where there is no network to keep is told with its place',
  async (t) => {
    const text = yaml`
    functions:
      child: { hosts: a.localhost, command: [a], sandbox: true }
      there: { hosts: b.localhost, container: b, sandbox: true }
      other: { hosts: c.localhost, upstream: "127.0.0.1:1", sandbox: true }
      inside: { hosts: d.localhost, image: d, socket: /run/d.sock, sandbox: true }
      host: { hosts: e.localhost, image: e, networks: [host], dangerous: true, sandbox: true }
      none: { hosts: f.localhost, image: f, networks: [none], sandbox: true }
      good: { hosts: g.localhost, image: g, networks: [front, back], sandbox: true }
  `
    const found = await workspace(t, text).mistakes()
    for (const place of ['2:46', '3:46', '4:57', '5:73', '6:85', '7:68'])
      t.match(found, `gateway.yaml:${place}`)
    t.match(found, 'expected false: it listens on a unix socket')
    t.match(found, 'expected false: the network "host" is none of its own')
    t.match(found, 'expected false: the network "none" is none of its own')
    t.notMatch(found, 'good')
  },
)
