/** Programs that a test starts as a user would: without what the harness and its npm put into the environment. */

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

import { PATIENCE_MS } from './event-log.ts'

/** For a program under test. It leaves no compiled code behind in this user's home. */
export function plainEnv(): Record<string, string | undefined> {
  const ours =
    /^(npm_(?!config_(registry|cache|userconfig)$)|TAP|NODE_(OPTIONS|COMPILE_CACHE)$|_TAPJS)/i
  const theirs = Object.entries(process.env).filter(([name]) => !ours.test(name))
  return { ...Object.fromEntries(theirs), NODE_DISABLE_COMPILE_CACHE: '1' }
}

/** The harness adds NODE_OPTIONS to every child again, whatever its environment says; this takes it out. */
const plainly = (file: string, args: readonly string[]): [string, string[]] => [
  'env',
  ['-u', 'NODE_OPTIONS', file, ...args],
]

const run = promisify(execFile)

/** Runs one to its end. Rejects with `code`, `stdout` and `stderr` when that is not 0. */
export const plainRun = (
  file: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env: ProgramParts['env'] },
): Promise<{ stdout: string; stderr: string }> => run(...plainly(file, args), options)

export interface ProgramParts {
  readonly file: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
}

export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** One that stays: its lines are kept and can be waited for, and it ends with the test. */
export class Program {
  readonly #child: ChildProcess
  readonly #ended: Promise<Ending>
  #watchers: (() => void)[] = []
  /** Of both outputs, in the order they came. */
  readonly lines: string[] = []

  constructor(t: { teardown(fn: () => unknown): void }, { file, args, ...options }: ProgramParts) {
    const child = spawn(...plainly(file, args), { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    for (const input of [child.stdout, child.stderr])
      createInterface({ input }).on('line', (line) => this.#line(line))
    this.#ended = new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code, signal) => resolve({ code, signal }))
    })
    // Asked for or not, its failure to start must not end the test run.
    this.#ended.catch(() => undefined)
    t.teardown(async () => {
      child.kill('SIGKILL')
      await this.#ended.catch(() => undefined)
    })
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Rejects when it cannot be started. */
  ended(): Promise<Ending> {
    return this.#ended
  }

  /** The first line of JSON with all these fields, past or to come. */
  async log(fields: Readonly<Record<string, string>>): Promise<Record<string, string>> {
    let found: Record<string, string> | undefined
    const isIt = (line: string): boolean => {
      if (!line.startsWith('{')) return false
      const entry = JSON.parse(line) as Record<string, string>
      found = Object.entries(fields).every(([key, value]) => entry[key] === value)
        ? entry
        : undefined
      return found !== undefined
    }
    await this.#when(JSON.stringify(fields), () => this.lines.some(isIt))
    return found ?? {}
  }

  /** Until this line has come so many times. */
  line(text: string, times = 1): Promise<void> {
    const count = (): number => this.lines.filter((line) => line === text).length
    return this.#when(`${times} × ${text}`, () => count() >= times)
  }

  /** Until a line like this has come. */
  printed(what: RegExp): Promise<void> {
    return this.#when(String(what), () => this.lines.some((line) => what.test(line)))
  }

  #when(what: string, isTrue: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (): void =>
        reject(new Error(`waited for ${what}; it said:\n${this.lines.join('\n')}`))
      const timer = setTimeout(fail, PATIENCE_MS)
      void this.#ended.catch(() => undefined).then(fail)
      const look = (): void => {
        if (!isTrue()) return void this.#watchers.push(look)
        clearTimeout(timer)
        resolve()
      }
      look()
    })
  }

  #line(line: string): void {
    this.lines.push(line)
    for (const look of this.#watchers.splice(0)) look()
  }
}
