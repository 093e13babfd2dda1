import t from 'tap'

import { type Starting, boundYoungGeneration } from '../../../src/cli/young-generation.ts'

/** How the process would begin anew; undefined where it goes on as it is. */
function begunAnew(
  parts: Partial<Starting>,
  added: NodeJS.ProcessEnv = {},
): readonly string[] | undefined {
  let begun: readonly string[] | undefined
  const starting = {
    argv: ['/bin/node', '/app/main.js', 'serve', '--config', 'a.yaml'],
    execArgv: [],
    execPath: '/bin/node',
    env: {},
    execve: (file: string, args: readonly string[], env: NodeJS.ProcessEnv) => {
      begun = [file, ...args, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)]
      return undefined as never
    },
    ...parts,
  }
  boundYoungGeneration(starting, added)
  return begun
}

t.test('young generation: a process begins anew with the bound and all it was given', async (t) => {
  const parts = { execArgv: ['--import', 'a.mjs'], env: { A: '1' } }
  t.strictSame(begunAnew(parts, { B: '2' }), [
    '/bin/node',
    '/bin/node',
    '--max-semi-space-size=16',
    '--import',
    'a.mjs',
    '/app/main.js',
    'serve',
    '--config',
    'a.yaml',
    'A=1',
    'B=2',
  ])
})

t.test(
  'young generation: a size that is given counts, and no process begins anew twice',
  async (t) => {
    t.equal(begunAnew({ execArgv: ['--max-semi-space-size=16'] }), undefined)
    t.equal(begunAnew({ execArgv: ['--min_semi_space_size=64'] }), undefined)
    t.equal(begunAnew({ env: { NODE_OPTIONS: '--max-semi-space-size=64' } }), undefined)
  },
)

t.test(
  'young generation: a process goes on where it cannot, may not, or its parent would lose it',
  async (t) => {
    t.equal(begunAnew({ execve: undefined }), undefined)
    t.equal(begunAnew({ connected: true }), undefined)
    t.equal(begunAnew({ permission: {} }), undefined)
  },
)
