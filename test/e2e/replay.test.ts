/** `coldfront replay` as a user calls it. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { runCommand } from '../support/command-line.ts'
import { tempDir } from '../support/temp-dir.ts'

const LOG = [
  '10.0.0.1 - - [10/Oct/2025:13:00:00 +0000] "GET / HTTP/1.1" 200 1',
  '10.0.0.1 - - [10/Oct/2025:13:10:00 +0000] "GET / HTTP/1.1" 200 1',
  '10.0.0.1 - - [10/Oct/2025:13:30:00 +0000] "GET / HTTP/1.1" 200 1',
]

function log(t: { teardown(fn: () => unknown): void }, lines: readonly string[]): string {
  const file = join(tempDir(t), 'access.log')
  writeFileSync(file, lines.join('\r\n'))
  return file
}

t.test('replay: a table says what each policy costs and spares', async (t) => {
  const file = log(t, LOG)
  const plot = `${file}.svg`
  const words = ['replay', file, '--policy', 'fixed:5m', '--policy', 'fixed:15m', '--plot', plot]
  const { code, out } = await runCommand(words)
  t.equal(code, 0)
  t.equal(
    out,
    `3 invocations of 1 functions in 0.5 hours (Common Log Format)

POLICY     COLD  COLD %    INSTANCE-HOURS  OF THEM IDLE
fixed:5m   3     100.00 %  0.17            0.17
fixed:15m  2     66.67 %   0.42            0.42
`,
  )
  t.match(readFileSync(plot, 'utf8'), /^<svg .*fixed:15m.*<\/svg>\n$/s)
})

t.test('replay: programs get JSON, and policies may come in one word', async (t) => {
  const words = ['replay', log(t, LOG), '--policy', 'fixed:never,hybrid:1m', '--json']
  const { code, out } = await runCommand(words)
  t.equal(code, 0)
  t.match(JSON.parse(out), {
    invocations: 3,
    policies: [{ policy: 'fixed:never', cold: 1, instanceHours: 0.5 }, { cold: 3 }],
  })
})

t.test('replay: what cannot be replayed is told', async (t) => {
  const unknown = await runCommand(['replay', log(t, LOG), '--policy', 'lru:5m'])
  t.match(unknown, { code: 2, err: /"lru:5m" is no policy: expected fixed:DURATION/ })
  t.match(await runCommand(['replay', log(t, ['hello'])]), { code: 2, err: /is an invocation/ })
  t.match(await runCommand(['replay', '/nonexistent/log']), { code: 1, err: /ENOENT/ })
  t.match(await runCommand(['replay']), { code: 2, err: /FILE is missing, as in/ })
})
