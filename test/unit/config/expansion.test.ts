import t from 'tap'
import { workspace, yaml } from './workspace.ts'

t.test('expansion: variables, defaults, files and $$ are expanded in values', async (t) => {
  const { load, directory } = workspace(t, {
    'gateway.yaml': yaml`
      functions:
        f:
          hosts: ["f.$\{DOMAIN}"]
          image: $\{IMAGE:-nginx}
          port: "$\{WEB_PORT}"
          readOnly: $\{READ_ONLY:-true}
          env:
            PASSWORD: "postgres://$\{file:secrets/pw}@db"
            DOLLAR: "$$\{HOME} costs $5"
            EMPTY: "$\{EMPTY:-was empty}"
            NUMBER: $\{WEB_PORT}
    `,
    secrets: { pw: 'hunter2${HOME}\n' },
  })
  const config = await load({ DOMAIN: 'example.org', WEB_PORT: '0080', EMPTY: '' }).catch(
    () => undefined,
  )
  t.equal(config, undefined, '0080 is a text, not the number 80')
  const { functions, files } = await load({ DOMAIN: 'example.org', WEB_PORT: '80', EMPTY: '' })
  t.match(functions[0], {
    routes: [{ host: 'f.example.org' }],
    spec: {
      image: 'nginx',
      listening: { port: 80 },
      readOnly: true,
      env: {
        PASSWORD: 'postgres://hunter2${HOME}@db',
        DOLLAR: '${HOME} costs $5',
        EMPTY: 'was empty',
        NUMBER: '80',
      },
    },
  })
  t.ok(files.includes(`${directory}/secrets/pw`))
})

t.test(
  'expansion: what has no value is a mistake at its place, and the only one there',
  async (t) => {
    const text = [
      'functions:',
      '  f:',
      '    hosts: f.localhost',
      '    image: i',
      '    port: ${NOPE}',
      '    env: { A: "x ${file:none} ${B C} ${D", E: "${" }',
    ].join('\n')
    t.equal(
      await workspace(t, text).mistakes(),
      `gateway.yaml:5:11: the environment has no variable NOPE; set it, or write \${NOPE:-default}
  5 |     port: \${NOPE}
    |           ^^^^^^^

gateway.yaml:6:18: the file has no value to give: there is no such file
  6 |     env: { A: "x \${file:none} \${B C} \${D", E: "\${" }
    |                  ^^^^^^^^^^^^

gateway.yaml:6:31: expected \${NAME}, \${NAME:-default} or \${file:path}; write $$ for a plain $
  6 |     env: { A: "x \${file:none} \${B C} \${D", E: "\${" }
    |                               ^^^^^^

gateway.yaml:6:38: "\${" without "}"; write $$ for a plain $
  6 |     env: { A: "x \${file:none} \${B C} \${D", E: "\${" }
    |                                      ^^^

gateway.yaml:6:48: "\${" without "}"; write $$ for a plain $
  6 |     env: { A: "x \${file:none} \${B C} \${D", E: "\${" }
    |                                                ^^`,
    )
  },
)

t.test('expansion: no mistake ever shows a value', async (t) => {
  const secret = 's3cr3t-value'
  const text = yaml`
    listen: { http: "$\{S}" }
    runtime: "$\{S}"
    default: "$\{S}"
    include: "$\{S}"
    trustedProxies: "$\{S}"
    request: { headMax: "$\{S}", headTimeout: "$\{S}", fieldsMax: "$\{S}" }
    functions:
      a: { hosts: ["$\{S}:1", "$\{H}"], image: "x $\{S}", env: "$\{S}", labels: [ "$\{S}" ] }
      b: { hosts: "$\{H}", upstream: "$\{S}", timeouts: { idle: "$\{S}" } }
      c: { hosts: "$\{H}", container: "+$\{S}", readiness: { statuses: "$\{S}", http: "$\{S}" } }
      d: { hosts: "$\{H}", image: i, volumes: ["$\{S}"], memory: "$\{S}", tmpfs: ["$\{S}"], user: "$\{S} x" }
      e: { hosts: "$\{H}", image: i }
      g: "$\{S}"
  `
  const host = 'private-host.example'
  const found = await workspace(t, text).mistakes({ S: secret, H: host })
  t.ok(found.split('\n\n').length >= 15, found)
  t.match(found, /^(?!.*not valid YAML)/s)
  t.notOk(found.includes(secret))
  t.notOk(found.includes(host))
})

t.test(
  'expansion: a value can add neither options nor lines, and keys are left alone',
  async (t) => {
    const text = yaml`
    functions:
      f:
        hosts: f
        image: i
        env:
          $\{K}: "$\{V}"
  `
    const [f] = (await workspace(t, text).load({ K: 'key', V: 'a\nimage: evil' })).functions
    t.match(f?.spec, { image: 'i', env: { '${K}': 'a\nimage: evil' } })
  },
)
