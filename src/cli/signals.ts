/** What signals and faults do to a running gateway: drain, reload, end at once, or die without losing instances. */

import { EXIT } from './exit-code.ts'
import type { Log } from '../telemetry/log.ts'
import type { Shell } from './shell.ts'

/** For the last lines of the log, before the process ends. */
export const FLUSH_MS = 1_000

export interface Supervised {
  readonly shell: Shell
  readonly log: Log
  /** Settles when the drain is over. */
  readonly close: () => Promise<void>
  /** Never rejects: a mistake in the file is told in the log. */
  readonly reload: () => Promise<void>
}

/**
 * SIGTERM and SIGINT drain, a second one ends at once; SIGHUP reloads. Resolves with the exit code after the drain.
 */
export function untilSignalled({ shell, log, close, reload }: Supervised): Promise<number> {
  const hangUp = oneAtATime(reload)
  return new Promise((resolve) => {
    let closing = false
    const end = (signal: 'SIGTERM' | 'SIGINT'): void => {
      if (closing) {
        shell.exit(EXIT[signal])
        return
      }
      closing = true
      log.note('info', `${signal}: finishing what is in flight, a second signal ends at once`)
      void closed({ log, close }).then(resolve)
    }
    shell.happenings.on('SIGTERM', () => end('SIGTERM'))
    shell.happenings.on('SIGINT', () => end('SIGINT'))
    shell.happenings.on('SIGHUP', () => {
      if (!closing) hangUp()
    })
  })
}

async function closed({ log, close }: Pick<Supervised, 'log' | 'close'>): Promise<number> {
  let code: number = EXIT.ok
  try {
    await close()
  } catch (error) {
    code = EXIT.failure
    log.note('error', 'closing failed', { detail: stackOf(error) })
  }
  await log.flush(FLUSH_MS)
  return code
}

/** Calls that come while one runs become one more call after it. */
function oneAtATime(work: () => Promise<void>): () => void {
  let running = false
  let again = false
  const run = async (): Promise<void> => {
    running = true
    do {
      again = false
      await work()
    } while (again)
    running = false
  }
  return () => {
    if (running) again = true
    else void run()
  }
}

/** A fault of the program is told and ends it; instances are left for the next process to adopt. */
export function dieOnFault(shell: Shell, log: Log): void {
  let dying = false
  shell.happenings.on('uncaughtException', (error) => {
    if (dying) {
      shell.exit(EXIT.fault)
      return
    }
    dying = true
    shell.err(`coldfront: a fault of the program: ${stackOf(error)}\n`)
    log.note('error', 'fault of the program, instances are left as they are', {
      detail: stackOf(error),
    })
    void log.flush(FLUSH_MS).then(() => shell.exit(EXIT.fault))
  })
}

const stackOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error)
