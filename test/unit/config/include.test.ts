import t from 'tap'
import { join } from 'node:path'
import { workspace } from './workspace.ts'

t.test('include: a file is a map of functions, or one function named by it', async (t) => {
  const { directory, load } = workspace(t, {
    'gateway.yaml': 'include: functions.d\ndefaults: { concurrency: 3 }\n',
    'functions.d': {
      'b.yml': 'hosts: b.localhost\ncommand: [./b]\nworkdir: ../b\nenv: { V: 1.10 }\n',
      'a.yaml':
        'env: { hosts: e.localhost, image: e, labels: { v: 1.10 } }\na2: { hosts: a2, image: a }\n',
      'off.yaml': '# c: {}\n',
      '.hidden.yaml': 'x: 1\n',
      'notes.txt': 'not for us\n',
    },
  })
  const { functions, files } = await load()
  t.strictSame(
    functions.map((fn) => fn.id),
    ['env', 'a2', 'b'],
  )
  t.match(functions[0]?.spec, { labels: { v: '1.10' } })
  t.match(functions[2], {
    concurrency: 3,
    spec: { workdir: join(directory, 'b'), env: { V: '1.10' } },
  })
  t.strictSame(
    files.map((file) => file.slice(directory.length)),
    [
      '/gateway.yaml',
      '/functions.d',
      '/functions.d/a.yaml',
      '/functions.d/b.yml',
      '/functions.d/off.yaml',
    ],
  )
})

t.test('include: mistakes name the file that they are in', async (t) => {
  const { mistakes } = workspace(t, {
    'gateway.yaml': 'include: [f.d, none]\nfunctions:\n  a: { hosts: a, image: a }\n',
    'f.d': {
      'a.yaml': 'hosts: a2\nimage: a\n',
      'b.yaml': 'b: { hosts: a, image: a, prot: 1 }\n',
      'c.yaml': 'c: { hosts: a, image: a }\n',
      'Not_A_Name.yaml': 'hosts: x\nimage: x\n',
      'list.yaml': '[a]\n',
    },
  })
  const found = (await mistakes()).split('\n').filter((line) => /^\S/.test(line))
  t.strictSame(found, [
    'gateway.yaml:1:16: there is no such directory',
    'f.d/Not_A_Name.yaml:1:1: expected a name of lower-case letters, digits and hyphens, at most 63 characters: it becomes part of container names',
    'f.d/a.yaml:1:1: there is a function "a" already, at gateway.yaml:3:3',
    'f.d/b.yaml:1:26: there is no option "prot" here; did you mean port?',
    'f.d/c.yaml:1:13: this host and path lead to "a" already, at gateway.yaml:3:8',
    'f.d/list.yaml:1:1: expected a map of functions by name',
  ])
})
