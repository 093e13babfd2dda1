/**
 * A program at a terminal of its own, made by `script` of util-linux: what it shows is kept, keys can be typed. Ends
 * with the test.
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import type { Test } from 'tap'

import { PATIENCE_MS } from './event-log.ts'

/** Why there can be no terminal here; false when there can. */
export const noTerminal = (): string | false =>
  /util-linux/.test(spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '')
    ? false
    : 'there is no `script` of util-linux here'

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`

export class TerminalProgram {
  readonly #child: ChildProcess
  readonly #ended: Promise<void>
  #watchers: (() => void)[] = []
  /** All that was shown so far. */
  shown = ''

  /** Afterwards its exit code is shown as `code=0`, and what the terminal is like as `stty -a` says it. */
  constructor(t: Test, words: readonly string[], { rows = 12, columns = 100 } = {}) {
    const command = `stty rows ${rows} cols ${columns}; ${words.map(quoted).join(' ')}; echo code=$?; stty -a`
    const child = spawn('script', ['-qfc', command, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, TERM: 'xterm', SHELL: '/bin/sh' },
    })
    this.#child = child
    child.stdout.setEncoding('utf8')
    child.stdout.on('data', (text: string) => {
      this.shown += text
      for (const look of this.#watchers.splice(0)) look()
    })
    child.stdin.on('error', () => undefined)
    this.#ended = new Promise((resolve) => child.on('close', () => resolve()))
    t.teardown(async () => {
      child.kill()
      await this.#ended
    })
  }

  type(keys: string): void {
    this.#child.stdin?.write(keys)
  }

  /** Until it shows this, after what was found before. */
  shows(what: RegExp | string): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (): void => reject(new Error(`waited for ${what}; shown: ${this.shown}`))
      const timer = setTimeout(fail, PATIENCE_MS)
      const look = (): void => {
        const found = typeof what === 'string' ? what : what.exec(this.shown)?.[0]
        const at = found === undefined ? -1 : this.shown.indexOf(found)
        if (at < 0) return void this.#watchers.push(look)
        this.shown = this.shown.slice(at + (found?.length ?? 0))
        clearTimeout(timer)
        resolve()
      }
      look()
    })
  }

  ended(): Promise<void> {
    return this.#ended
  }
}
