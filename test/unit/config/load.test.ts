import t from 'tap'
import { join } from 'node:path'
import { workspace, yaml } from './workspace.ts'

t.test('load: a function that says only what runs it gets every default', async (t) => {
  const config = await workspace(t, 'functions:\n  a: { hosts: a.localhost, image: a }\n').load()
  const [first] = config.functions
  if (!first) throw new Error('no function')
  const { revision, ...fn } = first
  t.match(revision, /^[0-9a-f]{16}$/)
  t.strictSame(fn, {
    id: 'a',
    routes: [{ host: 'a.localhost', path: '/' }],
    isDefault: false,
    runtime: 'docker',
    spec: {
      k: 'image',
      image: 'a',
      command: undefined,
      entrypoint: undefined,
      pull: 'missing',
      env: {},
      workdir: undefined,
      user: undefined,
      memory: undefined,
      cpus: undefined,
      pids: 2048,
      readOnly: false,
      tmpfs: [],
      volumes: [],
      hardened: false,
      dangerous: false,
      listening: { k: 'port', port: 8080 },
      networks: [],
      labels: {},
      extraHosts: [],
      reach: 'auto',
      sandbox: undefined,
    },
    concurrency: 100,
    instances: { min: 0, max: 1, spare: 0, prepared: 0, spareAt: [] },
    idle: {
      policy: 'fixed',
      pauseAfterMs: 30_000,
      stopAfterMs: 600_000,
      removeAfterMs: 86_400_000,
      tunnelAfterMs: 3_600_000,
    },
    hold: { timeoutMs: 30_000, auto: false, waiters: 1_000 },
    onCold: 'hold',
    waitingPage: { theme: 'auto', html: undefined },
    readiness: { http: undefined, statuses: [100, 499], healthcheck: false, timeoutMs: 20_000 },
    start: { pullTimeoutMs: 600_000, timeoutMs: 30_000 },
    stop: { graceMs: 10_000, drainTimeoutMs: 30_000 },
    timeouts: {
      connectMs: 5_000,
      responseMs: 60_000,
      idleMs: 60_000,
      tunnelMs: 3_600_000,
      requestMs: Infinity,
    },
    scale: { patienceMs: 'auto' },
    priority: 0,
    select: 'pack',
    rollout: 'overlap',
  })
})

t.test('load: the gateway itself gets every default', async (t) => {
  const { directory, load } = workspace(t, 'functions: {}\n')
  const { stateDir, ...config } = await load()
  const file = join(directory, 'gateway.yaml')
  t.match(stateDir, /^\/home\/me\/\.local\/state\/coldfront\/gateway\.yaml-[0-9a-f]{6}$/)
  t.strictSame(config, {
    file,
    files: [file],
    listen: { http: { k: 'tcp', host: '127.0.0.1', port: 8080 } },
    admin: { listen: { k: 'tcp', host: '127.0.0.1', port: 9090 }, hosts: [] },
    docker: { host: undefined },
    trustedProxies: [],
    timing: 'trusted',
    wakeRate: { burst: 60, perMs: 60_000 },
    starts: { concurrent: 8 },
    budget: {
      instances: 1_000,
      memory: Infinity,
      memoryEach: 134_217_728,
      whenFull: 'wait',
    },
    hold: { waitersTotal: 20_000, readMax: 16_384, readTotalMax: 67_108_864 },
    request: {
      headMax: 16_384,
      fieldsMax: 100,
      targetMax: 8_192,
      headTimeoutMs: 10_000,
      keepAliveMs: 75_000,
      connectionsMax: 20_000,
    },
    shutdown: { drainDelayMs: 0, drainTimeoutMs: 30_000, onExit: 'stop' },
    log: { format: 'auto', level: 'info', requests: true },
    hooks: [],
    traces: undefined,
    functions: [],
  })
})

t.test('load: every option of the gateway arrives', async (t) => {
  const text = yaml`
    listen: { http: "unix:/run/coldfront.sock" }
    admin: { listen: off, hosts: Admin.Example }
    stateDir: ./state
    docker: { host: "tcp://10.0.0.1:2375" }
    trustedProxies: [10.0.0.0/8, "::1"]
    timing: all
    starts: { concurrent: 3 }
    shutdown: { onExit: leave, drainDelay: 5s }
    log: { format: pretty, level: warn, requests: false }
    default: b
    functions:
      b: { upstream: "127.0.0.1:1" }
  `
  const { directory, load } = workspace(t, text)
  const config = await load()
  t.match(config, {
    listen: { http: { k: 'unix', path: '/run/coldfront.sock' } },
    admin: { listen: undefined, hosts: ['admin.example'] },
    stateDir: join(directory, 'state'),
    docker: { host: 'tcp://10.0.0.1:2375' },
    trustedProxies: ['10.0.0.0/8', '::1'],
    timing: 'all',
    starts: { concurrent: 3 },
    shutdown: { onExit: 'leave', drainDelayMs: 5_000 },
    log: { format: 'pretty', level: 'warn', requests: false },
    functions: [{ id: 'b', isDefault: true, routes: [] }],
  })
})

t.test('load: each kind of function has the runtime and the defaults of its nature', async (t) => {
  const text = yaml`
    defaults: { concurrency: 7, instances: { max: 5 }, memory: 64MiB, rollout: overlap }
    functions:
      image: { hosts: i, image: i, command: [serve, -p, 80], port: 80 }
      container: { hosts: c, container: c }
      command: { hosts: p, command: [node, x.js], workdir: sub }
      fixed: { hosts: x, command: [x], socket: /tmp/x.sock }
      upstream: { hosts: u, upstream: "[::1]:3000" }
  `
  const { directory, load } = workspace(t, text)
  const [image, container, command, fixed, upstream] = (await load()).functions
  t.match(image, {
    runtime: 'docker',
    spec: { k: 'image', command: ['serve', '-p', '80'], memory: 64 * 1024 ** 2 },
    instances: { max: 5 },
    concurrency: 7,
    rollout: 'overlap',
  })
  t.match(container, {
    runtime: 'docker',
    spec: { k: 'container', container: 'c', listening: { k: 'port', port: 8080 }, reach: 'auto' },
    instances: { max: 1 },
    rollout: 'replace',
  })
  const workdir = join(directory, 'sub')
  t.match(command, {
    runtime: 'process',
    spec: { k: 'command', workdir, env: {} },
    instances: { max: 5 },
  })
  t.equal(command?.spec.k === 'command' && command.spec.listening, undefined)
  t.match(fixed, {
    spec: { workdir: directory, listening: { k: 'socket', path: '/tmp/x.sock' } },
    instances: { max: 1 },
    rollout: 'replace',
  })
  t.match(upstream, {
    runtime: 'static',
    spec: { k: 'upstream', endpoint: { k: 'tcp', host: '::1', port: 3000 } },
    concurrency: Infinity,
    instances: { min: 1, max: 1 },
    idle: { pauseAfterMs: Infinity, stopAfterMs: Infinity, removeAfterMs: Infinity },
  })
})

t.test('load: a function over its defaults merges maps and replaces lists', async (t) => {
  const text = yaml`
    defaults:
      env: { A: 1, B: 2 }
      tmpfs: [/a]
      idle: { pauseAfter: never, stopAfter: 5m }
    functions:
      f:
        hosts: f
        image: f
        env: { B: 3 }
        tmpfs: [/b]
        idle: { stopAfter: 1m }
  `
  const [f] = (await workspace(t, text).load()).functions
  t.match(f, {
    spec: { env: { A: '1', B: '3' }, tmpfs: ['/b'] },
    idle: { pauseAfterMs: Infinity, stopAfterMs: 60_000, removeAfterMs: 86_400_000 },
  })
})

t.test(
  'load: a writable volume is not shared by two instances, and a relative one starts at its file',
  async (t) => {
    const text = yaml`
    functions:
      w: { hosts: w, image: i, volumes: ["./data:/data", "named:/named:ro"] }
      r: { hosts: r, image: i, volumes: ["/etc/x:/x:ro"] }
  `
    const { directory, load } = workspace(t, text)
    const [w, r] = (await load()).functions
    t.match(w, {
      rollout: 'replace',
      spec: { volumes: [`${directory}/data:/data`, 'named:/named:ro'] },
    })
    t.match(r, { rollout: 'overlap', spec: { volumes: ['/etc/x:/x:ro'] } })
  },
)

t.test('load: anchors and merge keys work, and mistakes behind them are found', async (t) => {
  const text = yaml`
    functions:
      a: &a { hosts: a, image: i, memory: 64MiB }
      b: { <<: *a, hosts: b, pids: none }
  `
  t.match(await workspace(t, text).mistakes(), /^gateway.yaml:3:32: expected a whole number/)
  const config = await workspace(t, text.replace('none', '5')).load()
  t.match(config.functions[1], {
    routes: [{ host: 'b' }],
    spec: { memory: 64 * 1024 ** 2, pids: 5 },
  })
})

t.test('load: hooks take one kind of event or several, their secret from a file', async (t) => {
  const files = {
    'gateway.yaml': yaml`
      hooks:
        - { url: "https://example.org/hook?key=1", events: failed }
        - url: http://127.0.0.1:9000/
          events: [woke, ready]
          secret: $\{file:secret}
      functions: {}
    `,
    secret: 'whsec_AAAA\n',
  }
  t.strictSame((await workspace(t, files).load()).hooks, [
    { url: 'https://example.org/hook?key=1', events: ['failed'], secret: undefined },
    { url: 'http://127.0.0.1:9000/', events: ['woke', 'ready'], secret: 'whsec_AAAA' },
  ])
  t.strictSame((await workspace(t, 'functions: {}\n').load()).hooks, [])
})

t.test('load: a hold that depends on the function is bounded', async (t) => {
  const text = 'functions: { a: { hosts: a, command: [a], hold: { timeout: auto } } }\n'
  const [fn] = (await workspace(t, text).load()).functions
  t.match(fn?.hold, { timeoutMs: 300_000, auto: true })
})

t.test('load: the waiting page comes from a file beside the configuration', async (t) => {
  const files = {
    'gateway.yaml': yaml`
      functions:
        a:
          hosts: a
          command: [a]
          onCold: auto
          waitingPage: { theme: dark, html: "$\{file:./page.html}" }
    `,
    'page.html': '<h1>${NAME}</h1>\n',
  }
  const { functions, files: read } = await workspace(t, files).load()
  t.match(functions[0], {
    onCold: 'auto',
    waitingPage: { theme: 'dark', html: '<h1>${NAME}</h1>' },
  })
  t.match(read[1], /page\.html$/)
})

t.test('load: a sandbox for all is for those that have a network of their own', async (t) => {
  const text = yaml`
    defaults: { sandbox: true }
    functions:
      plain: { hosts: a.localhost, image: a }
      without: { hosts: b.localhost, image: b, sandbox: false }
      inside: { hosts: c.localhost, image: c, socket: /run/c.sock }
      none: { hosts: d.localhost, image: d, networks: [none] }
      child: { hosts: e.localhost, command: [e] }
  `
  const { functions } = await workspace(t, text).load()
  const kept = functions.filter(({ spec }) => spec.k === 'image' && spec.sandbox)
  t.same(
    kept.map(({ id }) => id),
    ['plain'],
  )
  const bare = yaml`
    functions: { without: { hosts: b.localhost, image: b } }
  `
  const [same] = (await workspace(t, bare).load()).functions
  const without = functions.find(({ id }) => id === 'without')
  t.equal(without?.revision, same?.revision, 'and none is the revision that it always was')
})
