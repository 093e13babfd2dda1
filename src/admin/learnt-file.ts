/**
 * `learnt.json` in the state directory: what functions have taught, so that an upgrade need not learn it again. Written
 * seldom and whole; one that cannot be read is as none, since what it holds can be learnt again.
 */

import { readFileSync, statSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type FunctionId, functionId, revisionId } from '../domain/ids.ts'
import type { LearntIdle, Lesson } from '../domain/lesson.ts'
import { LIMITS } from '../domain/limits.ts'
import type { Clock, Timer } from '../lib/clock.ts'

type LearntLessons = ReadonlyMap<FunctionId, Lesson>

/** Raised when the meaning of a number changes, the bins of the histogram among them: older files are as none then. */
const VERSION = 1

export interface LearntParts {
  readonly dir: string
  readonly clock: Clock
  readonly from: { lessons(): LearntLessons }
  readonly warn: (message: string) => void
}

const fileIn = (dir: string): string => join(dir, 'learnt.json')

/** What an earlier process left; empty where there is nothing of use. */
export function readLearnt(dir: string): LearntLessons {
  try {
    if (statSync(fileIn(dir)).size > LIMITS.learntFileBytes) return new Map()
    const { version, functions } = JSON.parse(readFileSync(fileIn(dir), 'utf8')) as Json
    if (version !== VERSION || !isObject(functions)) return new Map()
    return new Map(
      Object.entries(functions).flatMap(([name, value]) => {
        const lesson = isObject(value) ? lessonOf(value) : undefined
        return lesson ? [[functionId(name), lesson]] : []
      }),
    )
  } catch {
    return new Map()
  }
}

export class LearntFile {
  readonly #parts: LearntParts
  #timer: Timer | undefined
  /** One write at a time: the last one waits for the one before. */
  #writing: Promise<void> = Promise.resolve()
  #written = ''
  #isWarned = false

  /** Writes from now on, every so often, when there is something new. */
  constructor(parts: LearntParts) {
    this.#parts = parts
    this.#again()
  }

  /** Writes for the last time. Never rejects. */
  async close(): Promise<void> {
    this.#timer?.cancel()
    await this.#writing
    await this.#write()
  }

  #again(): void {
    this.#timer = this.#parts.clock.timer(LIMITS.learntEveryMs, () => {
      this.#writing = this.#write()
      this.#again()
    })
  }

  async #write(): Promise<void> {
    const { dir, from, warn } = this.#parts
    const functions = Object.fromEntries(from.lessons())
    const text = JSON.stringify({ version: VERSION, functions })
    if (text === this.#written || text.length > LIMITS.learntFileBytes) return
    const draft = `${fileIn(dir)}.new`
    try {
      await writeFile(draft, text, { mode: 0o600 })
      await rename(draft, fileIn(dir))
      this.#written = text
      this.#isWarned = false
    } catch (error) {
      if (!this.#isWarned) warn(`what was learnt cannot be kept: ${String(error)}`)
      this.#isWarned = true
    }
  }
}

type Json = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value < Infinity

const isTimes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.length <= LIMITS.wakeHistoryMax && value.every(isCount)

function lessonOf({ revision, cold, resumed, idle }: Json): Lesson | undefined {
  if (typeof revision !== 'string' || !isTimes(cold) || !isTimes(resumed)) return undefined
  const learnt = isObject(idle) ? idleOf(idle) : undefined
  return { revision: revisionId(revision), cold, resumed, ...(learnt && { idle: learnt }) }
}

function idleOf({ stopAfter, outOfBounds, bins }: Json): LearntIdle | undefined {
  const isBin = (bin: unknown): bin is [number, number] =>
    Array.isArray(bin) && bin.length === 2 && bin.every((n) => isCount(n) && Number.isInteger(n))
  if (typeof stopAfter !== 'string' || !isCount(outOfBounds)) return undefined
  return Array.isArray(bins) && bins.every(isBin) ? { stopAfter, outOfBounds, bins } : undefined
}
