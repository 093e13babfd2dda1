/** `coldfront study`: carries out a plan and writes its report; Ctrl-C ends it, and the same plan continues it. */

import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { formatDuration } from '../lib/duration.ts'
import type { Progress as Done } from '../study/conduct.ts'
import type { Findings } from '../study/findings.ts'
import { JournalError } from '../study/journal.ts'
import { planFile } from '../study/shipped.ts'
import { StudyError, runStudy } from '../study/study.ts'
import { type Call, UsageError } from './command.ts'
import { columns } from './columns.ts'
import { EXIT } from './exit-code.ts'
import type { Shell } from './shell.ts'
import { VERSION } from './version.ts'

const BAR_CELLS = 24
/** To the line's beginning, and what was there is gone. */
const CLEAR = '\r\u001b[K'
/** Elsewhere than at a terminal, a line at every tenth. */
const TOLD_SHARE = 0.1

/** Throws `ConfigError` for a wrong plan. */
export async function study({ shell, operand, values }: Call): Promise<number> {
  const abort = new AbortController()
  const bar = new Bar(shell)
  const interrupt = (code: number): void => {
    if (abort.signal.aborted) {
      shell.exit(code)
      return
    }
    abort.abort()
    bar.note('interrupted: finishing the trial under way')
  }
  shell.happenings.on('SIGINT', () => interrupt(EXIT.SIGINT))
  shell.happenings.on('SIGTERM', () => interrupt(EXIT.SIGTERM))
  const main = fileURLToPath(new URL(`../main${extname(import.meta.url)}`, import.meta.url))
  try {
    const { why, dir, findings } = await runStudy({
      clock: shell.clock,
      file: planFile(operand),
      out: values.get('out'),
      env: shell.env,
      homedir: shell.homedir,
      version: VERSION,
      program: [process.execPath, main],
      signal: abort.signal,
      tell: (done) => bar.draw(done),
      note: (line) => bar.note(line),
    })
    bar.end()
    shell.out(`${summaryOf(findings)}\n`)
    shell.out(`Report: ${dir}/report.html, ${dir}/report.md; samples: ${dir}/samples.csv, .json\n`)
    if (why === 'limit')
      shell.out('The time of the plan was up before all repetitions were measured.\n')
    if (why !== 'interrupted') return EXIT.ok
    shell.out('Interrupted: the same command continues where it stopped.\n')
    return EXIT.SIGINT
  } catch (error) {
    bar.end()
    if (error instanceof JournalError || error instanceof StudyError)
      throw new UsageError(error.message)
    throw error
  }
}

/** How far it is: one line that is drawn over at a terminal, a line now and then elsewhere. */
class Bar {
  readonly #shell: Shell
  #told = -1

  constructor(shell: Shell) {
    this.#shell = shell
  }

  draw({ done, all, leftMs, step }: Done): void {
    const share = all === 0 ? 1 : done / all
    const left = leftMs === undefined ? '' : `, ${secondsText(leftMs)} left`
    if (this.#shell.isTerminal) {
      const full = Math.round(share * BAR_CELLS)
      const bar = '█'.repeat(full) + '░'.repeat(BAR_CELLS - full)
      const columns = this.#shell.terminal?.size().columns ?? 80
      this.#shell.out(CLEAR + `${bar} ${done}/${all}${left}  ${step}`.slice(0, columns - 1))
      return
    }
    if (leftMs === undefined || share < this.#told + TOLD_SHARE) return
    this.#told = share
    this.#shell.out(`${done} of ${all} trials${left}\n`)
  }

  note(line: string): void {
    this.end()
    this.#shell.out(`${line}\n`)
  }

  end(): void {
    if (this.#shell.isTerminal) this.#shell.out(CLEAR)
  }
}

const secondsText = (ms: number): string =>
  formatDuration(Math.max(1, Math.ceil(ms / 1_000)) * 1_000)

/** The tables that fit a terminal, and what speaks against them. */
function summaryOf({ combinations, added, doubts }: Findings): string {
  const tables = [combinations, added].filter(({ rows }) => rows.length > 0)
  const texts = tables.map((table) => columns([table.columns, ...table.rows]))
  return [...texts, ...doubts].join('\n\n')
}
