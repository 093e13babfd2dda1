import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

import { DashboardFiles } from '../../../src/admin/dashboard-files.ts'
import { tempDir } from '../../support/temp-dir.ts'

function build(dir: string): void {
  mkdirSync(join(dir, 'assets'))
  writeFileSync(join(dir, 'index.html'), '<p>hello')
  writeFileSync(join(dir, 'assets/a-1.js'), 'let a')
}

t.test('dashboard files: the page is asked for anew, what it is made of is kept', async (t) => {
  const dir = tempDir(t)
  build(dir)
  const files = new DashboardFiles(dir)
  t.match(files.page(), { status: 200, body: '<p>hello', type: /^text\/html/ })
  t.equal(files.page().fields?.['cache-control'], undefined)
  t.match(files.asset('a-1.js'), {
    type: /^text\/javascript/,
    fields: { 'cache-control': /immutable/, 'content-security-policy': /default-src 'none'/ },
  })
  t.equal(files.asset('b.js'), undefined)
})

t.test(
  'dashboard files: where they are missing it says how to make them, until they are there',
  async (t) => {
    const dir = tempDir(t)
    const files = new DashboardFiles(dir)
    t.match(files.page(), { status: 404, body: /npm run dashboard/ })
    t.equal(files.asset('a-1.js'), undefined)
    build(dir)
    t.equal(files.page().status, 200)
  },
)
