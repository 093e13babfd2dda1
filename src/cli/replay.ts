/** `coldfront replay`: what other idle times would have cost and spared, by one's own log. */

import { createReadStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { shown } from '../lib/drawing.ts'
import { type PolicyRow, parsePolicy } from '../replay/keep-alive.ts'
import { replayPlot } from '../replay/plot.ts'
import { type Replayed, Replay, ReplayError } from '../replay/replay.ts'
import { columns } from './columns.ts'
import { type Call, UsageError } from './command.ts'
import { EXIT } from './exit-code.ts'

const POLICIES = 'fixed:5m,fixed:15m,hybrid'
const CHUNK_BYTES = 1024 * 1024
/** A longer line is no line of a log. */
const LINE_CHARS_MAX = 1024 * 1024

/** Rejects where the log cannot be read. */
export async function replay({ shell, operand, values, switches }: Call): Promise<number> {
  const replay = new Replay(policiesOf(values.get('policy') ?? POLICIES))
  try {
    for await (const lines of linesOf(operand)) for (const line of lines) replay.line(line)
    const replayed = replay.end()
    const plot = values.get('plot')
    if (plot !== undefined) await writeFile(plot, `${replayPlot(replayed)}\n`)
    shell.out(switches.has('json') ? `${JSON.stringify(replayed)}\n` : textOf(replayed))
    return EXIT.ok
  } catch (error) {
    if (error instanceof ReplayError) throw new UsageError(`${operand}: ${error.message}`)
    throw error
  }
}

function policiesOf(text: string): readonly PolicyRow[] {
  return text.split(',').map((word) => {
    const policy = parsePolicy(word)
    if (policy) return policy
    throw new UsageError(
      `"${word}" is no policy: expected fixed:DURATION, hybrid or hybrid:DURATION, as in fixed:15m`,
    )
  })
}

/** The lines of each chunk; `-` is standard input. */
async function* linesOf(file: string): AsyncGenerator<readonly string[]> {
  const path = file === '-' ? '/dev/stdin' : file
  let rest = ''
  for await (const chunk of createReadStream(path, {
    encoding: 'utf8',
    highWaterMark: CHUNK_BYTES,
  })) {
    const lines = (rest + String(chunk)).split(/\r?\n/)
    rest = lines.pop() ?? ''
    if (rest.length > LINE_CHARS_MAX) throw new ReplayError('a line is longer than 1 MiB')
    yield lines
  }
  yield [rest]
}

function textOf({ policies, invocations, functions, hours, otherLines, format }: Replayed): string {
  const passed = otherLines > 0 ? `; ${otherLines} other lines passed over` : ''
  const from = format === 'common' ? 'Common Log Format' : (format ?? '').toUpperCase()
  const head = `${invocations} invocations of ${functions} functions in ${shown(hours)} hours (${from}${passed})`
  const rows = policies.map(({ policy, cold, coldPercent, instanceHours, idleHours }) => [
    policy,
    String(cold),
    `${coldPercent.toFixed(2)} %`,
    instanceHours.toFixed(2),
    idleHours.toFixed(2),
  ])
  const table = columns([['POLICY', 'COLD', 'COLD %', 'INSTANCE-HOURS', 'OF THEM IDLE'], ...rows])
  return `${head}\n\n${table}\n`
}
