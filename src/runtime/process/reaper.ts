/**
 * Ends the process groups of a gateway that died, also by `kill -9`: one tiny shell per gateway, in a session of its
 * own, that is told every group over a pipe. When the pipe ends, the gateway is gone, and the groups left are ended.
 */

import { spawn, type ChildProcess } from 'node:child_process'
import type { Writable } from 'node:stream'
import type { Clock, Timer } from '../../lib/clock.ts'
import { RuntimeError } from '../runtime.ts'

/** SIGCONT lets a frozen group hear its SIGTERM. Not every `sleep` takes fractions. */
const SCRIPT = `
trap '' INT HUP TERM
groups=' '
while read -r op group; do
  case $op in
    +) case $groups in *" $group "*) ;; *) groups="$groups$group " ;; esac ;;
    -) case $groups in *" $group "*) groups="\${groups%% $group *} \${groups#* $group }" ;; esac ;;
  esac
done
all() { for group in $groups; do kill -s "$1" -- "-$group" 2>/dev/null; done; }
[ -n "\${groups# }" ] || exit 0
all TERM; all CONT
sleep 0.4 2>/dev/null || sleep 1
all KILL
`

/** A reaper that dies sooner than this after its start is started again only after this long. */
const RESTART_MS = 1_000
const WRITE_ATTEMPTS_MAX = 3

export class Reaper {
  readonly #clock: Clock
  readonly #warn: (message: string) => void
  readonly #groups = new Set<number>()
  #shell: { readonly child: ChildProcess; readonly input: Writable } | undefined
  #restart: Timer | undefined
  #closed = false

  constructor(clock: Clock, warn: (message: string) => void) {
    this.#clock = clock
    this.#warn = warn
  }

  /** The process id of the shell, while there is one. */
  get pid(): number | undefined {
    return this.#shell?.child.pid
  }

  /**
   * Resolves when the group is in the pipe: from then on it cannot outlive the gateway. While there are groups the
   * shell keeps this process running, so that whoever waits for their end sees it; `close` lets go.
   */
  async add(group: number): Promise<void> {
    this.#groups.add(group)
    this.#shell?.child.ref()
    for (let attempt = 1; attempt <= WRITE_ATTEMPTS_MAX; attempt += 1)
      if (await this.#tell(`+ ${group}`)) return
    this.#groups.delete(group)
    throw new RuntimeError(
      'failed',
      'the shell that ends processes after the gateway cannot run: see that /bin/sh works',
    )
  }

  /** The group is gone, and its id may be given to somebody else. */
  remove(group: number): void {
    if (this.#groups.delete(group) && this.#shell) void this.#tell(`- ${group}`)
    if (this.#groups.size === 0) this.#shell?.child.unref()
    this.#closeIdle()
  }

  /** Ends with the last group. Groups that are left are ended when this process is. */
  close(): void {
    this.#closed = true
    this.#restart?.cancel()
    this.#shell?.child.unref()
    this.#closeIdle()
  }

  #closeIdle(): void {
    if (this.#closed && this.#groups.size === 0) this.#shell?.input.end()
  }

  #tell(line: string): Promise<boolean> {
    const { input } = (this.#shell ??= this.#open())
    return new Promise((resolve) => {
      input.write(`${line}\n`, (error) => resolve(!error))
    })
  }

  #open(): { child: ChildProcess; input: Writable } {
    const openedAt = this.#clock.now()
    const child = spawn('/bin/sh', ['-c', SCRIPT], {
      cwd: '/',
      env: { PATH: '/usr/bin:/bin' },
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    const shell = { child, input: child.stdin }
    const lost = () => this.#lost(shell, openedAt)
    child.on('exit', lost)
    child.on('error', lost)
    child.stdin.on('error', lost)
    if (this.#groups.size === 0) child.unref()
    // A pipe of a child is a socket to Node; it must not keep this process running by itself.
    ;(child.stdin as Writable & { unref?(): void }).unref?.()
    for (const group of this.#groups) child.stdin.write(`+ ${group}\n`)
    return shell
  }

  #lost(shell: { child: ChildProcess; input: Writable }, openedAt: number): void {
    if (this.#shell !== shell) return
    this.#shell = undefined
    shell.input.destroy()
    if (this.#closed || this.#groups.size === 0) return
    this.#warn('the shell that ends processes after the gateway has died; it is started again')
    const age = this.#clock.now() - openedAt
    this.#restart = this.#clock.timer(age < RESTART_MS ? RESTART_MS : 0, () => {
      if (this.#groups.size > 0) this.#shell ??= this.#open()
    })
  }
}
