/** The record of a study, appended to while it runs: whatever ends it, the same plan continues from its last whole line. */

import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import type { Environment } from './environment.ts'
import type { Failure, Sample, Trial } from './sample.ts'

/** What is measured; another plan has another digest. */
interface Opening {
  readonly k: 'study'
  readonly plan: string
  readonly digest: string
  readonly environment: Environment
}

/** From one start of the program to its end. */
interface Session {
  readonly k: 'session'
  /** Wall clock, ms since the epoch. */
  readonly at: number
  /** Over the last minute, before anything was measured. */
  readonly load: number
  /** Combinations that cannot be measured here, with the reason. */
  readonly leftOut: Readonly<Record<string, string>>
}

interface End {
  readonly k: 'end'
  readonly at: number
  readonly load: number
  /** `limit`: the plan's time was up. `all`: nothing is left to measure. */
  readonly why: 'all' | 'limit' | 'interrupted'
  /** Combinations without a floor, with the reason. */
  readonly noFloor: Readonly<Record<string, string>>
}

type Line =
  | Opening
  | Session
  | End
  | ({ readonly k: 'sample' } & Sample)
  | ({ readonly k: 'failure' } & Failure)

/** The directory belongs to something else. */
export class JournalError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'JournalError'
  }
}

const FILE = 'journal.jsonl'

export class Journal {
  readonly #file: string
  #environment: Environment | undefined
  readonly #sessions: Session[] = []
  readonly #samples: Sample[] = []
  readonly #failures: Failure[] = []
  #end: End | undefined

  /** Reads what is there; a line that was cut off is thrown away. Throws `JournalError`. */
  constructor(dir: string, { name, digest }: { readonly name: string; readonly digest: string }) {
    mkdirSync(dir, { recursive: true })
    this.#file = join(dir, FILE)
    if (!existsSync(this.#file)) return
    const bytes = readFileSync(this.#file)
    const whole = bytes.lastIndexOf('\n') + 1
    if (whole < bytes.length) truncateSync(this.#file, whole)
    for (const line of bytes.subarray(0, whole).toString('utf8').split('\n').filter(Boolean))
      this.#read(JSON.parse(line) as Line, { dir, name, digest })
  }

  get environment(): Environment | undefined {
    return this.#environment
  }

  get sessions(): readonly Session[] {
    return this.#sessions
  }

  get samples(): readonly Sample[] {
    return this.#samples
  }

  get failures(): readonly Failure[] {
    return this.#failures
  }

  get end(): End | undefined {
    return this.#end
  }

  /** Of samples and failures: what need not be measured again. */
  get done(): ReadonlySet<string> {
    return new Set([...this.#samples, ...this.#failures].map(trialName))
  }

  /** The first session says what machine it is; a later one on another machine is refused. Throws `JournalError`. */
  begin(
    { name, digest }: { readonly name: string; readonly digest: string },
    { environment, ...session }: Omit<Session, 'k'> & { readonly environment: Environment },
  ): void {
    const before = this.#environment
    if (!before) this.#append({ k: 'study', plan: name, digest, environment })
    else {
      const differs = (['cpu', 'cores', 'kernel', 'engine'] as const).find(
        (fact) => before[fact] !== environment[fact],
      )
      if (differs !== undefined)
        throw new JournalError(
          `this study was begun elsewhere (${differs}: ${before[differs]}, here ${environment[differs]}): begin another one with --out`,
        )
    }
    this.#append({ k: 'session', ...session })
  }

  sample(sample: Sample): void {
    this.#append({ k: 'sample', ...sample })
  }

  failure(failure: Failure): void {
    this.#append({ k: 'failure', ...failure })
  }

  close(end: Omit<End, 'k'>): void {
    this.#append({ k: 'end', ...end })
  }

  #append(line: Line): void {
    appendFileSync(this.#file, `${JSON.stringify(line)}\n`)
    this.#take(line)
  }

  #read(line: Line, { dir, name, digest }: { dir: string; name: string; digest: string }): void {
    if (line.k === 'study' && line.digest !== digest)
      throw new JournalError(
        `${dir} holds another study (${line.plan}${line.plan === name ? ', with another text' : ''}): choose a directory with --out, or remove this one`,
      )
    this.#take(line)
  }

  #take(line: Line): void {
    if (line.k === 'study') this.#environment = line.environment
    else if (line.k === 'session') this.#sessions.push(line)
    else if (line.k === 'sample') this.#samples.push(line)
    else if (line.k === 'failure') this.#failures.push(line)
    else this.#end = line
  }
}

/** One word for a trial. */
export const trialName = ({ repetition, way, key }: Trial): string => `${repetition} ${way} ${key}`
