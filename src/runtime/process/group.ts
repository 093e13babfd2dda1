/**
 * One process group from its start to its end: the command and all that it starts and leaves in its group.
 * It ends as a whole: when its leader exits, what is left is ended too.
 */

import { sleep, type Clock, type Timer } from '../../lib/clock.ts'
import { RuntimeError, type Exit } from '../runtime.ts'
import type { Gated } from './gate.ts'
import { groupLives, hasProc, isFrozen } from './proc.ts'

/** What is left of a group whose leader exited by itself has this long after SIGTERM. */
const LEFTOVER_GRACE_MS = 1_000
/** Who waits for a group without a leader looks this often. */
const LOOK_MS = 20
/** After SIGKILL; what is still there then can be neither waited for nor killed. */
const KILLED_WAIT_MS = 1_000
/** For the last lines, which a process outside the group may hold back. */
const OUTPUT_WAIT_MS = 100
/** For a stop signal to reach every thread. */
const FREEZE_WAIT_MS = 1_000

interface GroupParts {
  readonly clock: Clock
  readonly gated: Gated
  /** The last lines, asked for when it has ended. */
  readonly tail: () => readonly string[]
}

export class Group {
  readonly pid: number
  /** Resolves when nothing of the group runs and its output is read. Never rejects. */
  readonly ended: Promise<Exit>
  readonly #clock: Clock
  readonly #gated: Gated
  #leaderLives = true
  #grace: Timer | undefined
  #ending = false
  #killed = false
  #over = false

  constructor({ clock, gated, tail }: GroupParts) {
    this.pid = gated.pid
    this.#clock = clock
    this.#gated = gated
    const { child } = gated
    const drained = new Promise<void>((resolve) => child.once('close', () => resolve()))
    const exited = new Promise<Omit<Exit, 'log'>>((resolve) => {
      child.once('exit', (code, signal) => {
        this.#leaderLives = false
        resolve({ code: code ?? undefined, signal: signal ?? undefined, oomKilled: false })
      })
    })
    // A signal that cannot be sent is an 'error' of the child; `signal` does not use the child for it.
    child.on('error', () => {})
    this.ended = exited.then(async (exit) => {
      await this.#emptied()
      this.#grace?.cancel()
      this.#over = true
      await Promise.race([drained, sleep(clock, OUTPUT_WAIT_MS)])
      gated.stdout.destroy()
      gated.stderr.destroy()
      return { ...exit, log: tail() }
    })
  }

  /** SIGTERM, heard also when frozen; after `graceMs` SIGKILL. A later call only shortens or lengthens the grace. */
  end(graceMs: number): void {
    if (!this.#ending) {
      this.#ending = true
      this.#send('SIGTERM')
      this.#send('SIGCONT')
    }
    this.#grace?.cancel()
    this.#grace = this.#clock.timer(graceMs, () => this.#send('SIGKILL'))
  }

  /** Resolves when it stands still; rejects when it does not, or has ended. */
  freeze(): Promise<void> {
    return this.#turnInto(true, 'SIGSTOP')
  }

  thaw(): Promise<void> {
    return this.#turnInto(false, 'SIGCONT')
  }

  /** Does not keep this process running. */
  unref(): void {
    const { child, stdout, stderr } = this.#gated
    child.unref()
    for (const stream of [stdout, stderr]) (stream as typeof stream & { unref?(): void }).unref?.()
  }

  async #turnInto(frozen: boolean, signal: NodeJS.Signals): Promise<void> {
    const giveUp = this.#clock.now() + FREEZE_WAIT_MS
    this.#send(signal)
    for (;;) {
      if (!this.#leaderLives || this.#ending)
        throw new RuntimeError('exited', `process ${this.pid} has ended`)
      if ((isFrozen(this.pid) ?? frozen) === frozen) return
      if (this.#clock.now() > giveUp) {
        // One that forks just now waits for a child that was stopped first. What is told must be what is.
        if (frozen) this.#send('SIGCONT')
        throw new RuntimeError('timeout', `process ${this.pid} does not follow ${signal}`)
      }
      await sleep(this.#clock, 1)
    }
  }

  /** Resolves when no process is left in the group, or those left cannot be ended. */
  async #emptied(): Promise<void> {
    if (!this.#populated()) return
    if (!this.#ending) this.end(LEFTOVER_GRACE_MS)
    let killedAt: number | undefined
    while (this.#populated()) {
      await sleep(this.#clock, LOOK_MS)
      if (this.#killed) killedAt ??= this.#clock.now()
      if (killedAt !== undefined && this.#clock.now() - killedAt > KILLED_WAIT_MS) return
    }
  }

  #populated(): boolean {
    try {
      process.kill(-this.pid, 0)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
    }
    // In a container without an init nobody collects zombies, and the kernel counts them as members.
    return hasProc ? groupLives(this.pid) : true
  }

  #send(signal: NodeJS.Signals): void {
    // Once all is over the id may belong to somebody else.
    if (this.#over) return
    if (signal === 'SIGKILL') this.#killed = true
    try {
      process.kill(-this.pid, signal)
    } catch {
      // Nobody left to hear it, which the exit tells.
    }
  }
}
