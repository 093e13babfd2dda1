/** wrk, where it is installed: cheaper than autocannon, so that more of the second processor is left to the upstream. */

import { Child } from '../harness/child.ts'
import { told } from '../harness/machine.ts'
import type { Generator } from './generator.ts'

const UNIT_MS: Readonly<Record<string, number>> = { us: 1e-3, ms: 1, s: 1e3, m: 6e4 }

export const wrk: Generator = {
  name: 'wrk',
  version: () => /^wrk (?:debian\/)?(\S+)/.exec(told('wrk', ['-v']) ?? '')?.[1],
  async run({ port, host, connections, seconds, path = '/', script, cpu, cleanup }) {
    const options = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '-H', `Host: ${host}`]
    if (script !== undefined) options.push('-s', script)
    const child = new Child(
      { what: 'wrk', command: ['wrk', ...options, `http://127.0.0.1:${port}${path}`], cpu },
      cleanup,
    )
    const lines: string[] = []
    child.onLine((line) => lines.push(line))
    await child.closed
    await child.end()
    return parsed(lines.join('\n'))
  },
}

function parsed(text: string) {
  const done = /(\d+) requests in ([\d.]+)(\w+),/.exec(text)
  if (!done) throw new Error(`wrk said no number of requests:\n${text}`)
  const numbers = [
    ...text.matchAll(/(?:Non-2xx or 3xx responses|connect|read|write|timeout):? (\d+)/g),
  ]
  const ms = (percent: number): number => {
    const found = new RegExp(`${percent}%\\s+([\\d.]+)(us|ms|s|m)`).exec(text)
    return Number(found?.[1]) * (UNIT_MS[found?.[2] ?? ''] ?? NaN)
  }
  return {
    requests: Number(done[1]),
    seconds: (Number(done[2]) * (UNIT_MS[done[3] ?? ''] ?? NaN)) / 1000,
    errors: numbers.reduce((sum, [, count]) => sum + Number(count), 0),
    p50: ms(50),
    p99: ms(99),
  }
}
