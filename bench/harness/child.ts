/** A process that a bench starts: known by its id, its output read line by line, ended with the bench. */

import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { cpus } from 'node:os'
import { createInterface } from 'node:readline'
import type { Cleanup } from './cleanup.ts'

/** After SIGTERM, before SIGKILL. */
const GRACE_MS = 15_000
/** Lines of output kept for the message when it ends too soon. */
const TAIL_LINES = 20

export interface ChildParts {
  readonly what: string
  readonly command: readonly [string, ...string[]]
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Pins it to this processor, where `taskset` is installed. */
  readonly cpu?: number | undefined
}

export const canPin = spawnSync('taskset', ['-V']).status === 0

/** Pins this process to a processor. Returns what gives it all of them back. */
export function pinSelf(cpu: number): () => void {
  allow(`${cpu}`)
  return () => allow(`0-${cpus().length - 1}`)
}

function allow(processors: string): void {
  if (canPin) spawnSync('taskset', ['-a', '-c', '-p', processors, String(process.pid)])
}

export class Child {
  readonly pid: number
  readonly exited: Promise<void>
  /** It has ended and its output is read. */
  readonly closed: Promise<void>
  /** Ends it and resolves when it has ended. */
  readonly end: () => Promise<void>
  readonly #what: string
  readonly #process: ChildProcess
  readonly #tail: string[] = []
  readonly #readers = new Set<(line: string) => void>()
  #hasExited = false

  constructor({ what, command, env, cwd, cpu }: ChildParts, cleanup: Cleanup) {
    const pinned = cpu === undefined || !canPin ? command : ['taskset', '-c', `${cpu}`, ...command]
    const [program = '', ...args] = pinned
    this.#what = what
    this.#process = spawn(program, args, {
      cwd,
      env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    if (this.#process.pid === undefined) {
      this.#process.on('error', () => undefined)
      throw new Error(`${what}: ${program} cannot be started`)
    }
    this.pid = this.#process.pid
    this.exited = new Promise((resolve) => {
      this.#process.once('exit', () => {
        this.#hasExited = true
        resolve()
      })
    })
    this.closed = new Promise((resolve) => {
      this.#process.once('close', () => resolve())
    })
    for (const stream of [this.#process.stdout, this.#process.stderr])
      if (stream) createInterface({ input: stream }).on('line', (line) => this.#heard(line))
    this.end = cleanup.add(what, () => this.#stop())
  }

  /** Calls `read` with every line from now on. Returns what ends that. */
  onLine(read: (line: string) => void): () => void {
    this.#readers.add(read)
    return () => this.#readers.delete(read)
  }

  /** The first line from now on that `pick` makes something of. Rejects when the process ends before, or after `limitMs`. */
  async line<T>(pick: (line: string) => T | undefined, limitMs: number): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const stop = this.onLine((line) => {
      const picked = pick(line)
      if (picked !== undefined) resolve(picked)
    })
    const timer = setTimeout(() => reject(this.#fault(`silent for ${limitMs} ms`)), limitMs)
    void this.exited.then(() => reject(this.#fault('ended too soon')))
    try {
      return await promise
    } finally {
      clearTimeout(timer)
      stop()
    }
  }

  /** Its last lines of output. */
  get tail(): readonly string[] {
    return this.#tail
  }

  #heard(line: string): void {
    this.#tail.push(line)
    if (this.#tail.length > TAIL_LINES) this.#tail.shift()
    for (const read of this.#readers) read(line)
  }

  #fault(problem: string): Error {
    return new Error([`${this.#what} ${problem}`, ...this.#tail].join('\n  '))
  }

  async #stop(): Promise<void> {
    if (this.#hasExited) return
    this.#process.kill('SIGTERM')
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), GRACE_MS)
    await this.exited
    clearTimeout(timer)
  }
}
