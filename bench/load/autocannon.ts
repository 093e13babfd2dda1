/** autocannon, from the bench's own packages. */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Child } from '../harness/child.ts'
import type { Generator } from './generator.ts'

const { resolve } = createRequire(import.meta.url)
/** Beyond the run itself. */
const SLACK_MS = 20_000

interface Report {
  readonly duration: number
  readonly '2xx': number
  readonly non2xx: number
  readonly errors: number
  readonly timeouts: number
  readonly latency: { readonly p50: number; readonly p99: number }
}

export const autocannon: Generator = {
  name: 'autocannon',
  version: () =>
    (JSON.parse(readFileSync(resolve('autocannon/package.json'), 'utf8')) as { version: string })
      .version,
  async run({ port, host, connections, seconds, path = '/', cpu, cleanup }) {
    const options = ['--json', '-c', `${connections}`, '-d', `${seconds}`, '-H', `host=${host}`]
    const program = resolve('autocannon/autocannon.js')
    const url = `http://127.0.0.1:${port}${path}`
    const child = new Child(
      { what: 'autocannon', command: [process.execPath, program, ...options, url], cpu },
      cleanup,
    )
    const report = await child.line(
      (line) => (line.startsWith('{') ? (JSON.parse(line) as Report) : undefined),
      seconds * 1000 + SLACK_MS,
    )
    await child.end()
    return {
      requests: report['2xx'],
      seconds: report.duration,
      errors: report.non2xx + report.errors + report.timeouts,
      p50: report.latency.p50,
      p99: report.latency.p99,
    }
  },
}
