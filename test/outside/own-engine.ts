/**
 * A Docker engine of the test's own: it can be stopped, killed and started without a word to anybody else. It has a
 * network namespace of its own, so that no interface and no rule of this machine is touched; functions are reached
 * by sockets. Ended by its process id.
 */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import Docker from 'dockerode'

import { type TestEngine, type TestLike, engineOrSkip } from '../support/engine.ts'
import { type DockerWorld, dockerWorld } from '../support/world.ts'

const UP_MAX_MS = 60_000
const DOWN_MAX_MS = 30_000
const STEP_MS = 20
/** Where functions listen. */
const SOCKET = '/run/app/app.sock'

export interface OwnEngineParts {
  readonly diskMib?: number
}

export class OwnEngine {
  readonly socketPath: string
  readonly #dir: string
  #process: ChildProcess | undefined

  /** `diskMib`: all that it may write, on a disk of its own that can be filled. */
  constructor({ diskMib }: OwnEngineParts = {}) {
    // Short: the engine puts sockets below it.
    this.#dir = mkdtempSync(join(tmpdir(), 'cfe-'))
    this.socketPath = join(this.#dir, 'docker.sock')
    writeFileSync(join(this.#dir, 'daemon.json'), '{"userland-proxy": false}')
    mkdirSync(this.disk)
    const size = `size=${diskMib}m`
    if (diskMib !== undefined)
      execFileSync('mount', ['-t', 'tmpfs', '-o', size, 'tmpfs', this.disk])
  }

  /** Where it keeps images and containers. */
  get disk(): string {
    return join(this.#dir, 'data')
  }

  /** Resolves when it answers. Rejects with its last words when it does not. `args`: beyond what makes it our own. */
  async start(args: readonly string[] = []): Promise<void> {
    const at = (name: string): string => join(this.#dir, name)
    const log = openSync(at('log'), 'a')
    const own = ['--config-file', at('daemon.json'), '--data-root', this.disk]
    const places = [
      '--exec-root',
      at('exec'),
      '--pidfile',
      at('pid'),
      '-H',
      `unix://${this.socketPath}`,
    ]
    const net = ['--bridge', 'none', '--iptables=false', '--ip-forward=false']
    // In the machine's own namespace an engine without a bridge would remove that of the other engine.
    const command = ['unshare', '--net', 'dockerd', ...own, ...places, ...net, ...args]
    // After a SIGKILL they name processes that are gone, or that nobody has buried yet.
    for (const pid of ['pid', 'exec/containerd/containerd.pid']) rmSync(at(pid), { force: true })
    // It does not outlive the test, however that ends.
    const parts = ['--pdeathsig', 'TERM', ...command]
    this.#process = spawn('setpriv', parts, { stdio: ['ignore', log, log], detached: true })
    closeSync(log)
    const docker = new Docker({ socketPath: this.socketPath })
    for (const late = performance.now() + UP_MAX_MS; ; await wait(STEP_MS)) {
      if (await docker.ping().catch(() => false)) return
      if (this.#process.exitCode === null && performance.now() < late) continue
      throw new Error(`no engine of our own:\n${readFileSync(at('log'), 'utf8').slice(-2_000)}`)
    }
  }

  /** SIGTERM: the engine ends its containers, unless it runs with --live-restore. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const engine = this.#process
    if (!engine || !this.#runs) return
    engine.kill(signal)
    const hard = setTimeout(() => engine.kill('SIGKILL'), DOWN_MAX_MS)
    await once(engine, 'exit')
    clearTimeout(hard)
  }

  get #runs(): boolean {
    const engine = this.#process
    return engine !== undefined && engine.exitCode === null && engine.signalCode === null
  }

  /** Stops it with all it runs, and removes its directory. */
  async end(): Promise<void> {
    const docker = new Docker({ socketPath: this.socketPath })
    // Only a running engine can end what an earlier one has left running.
    if (!this.#runs) await this.start().catch(() => undefined)
    const all = await docker.listContainers({ all: true }).catch(() => [])
    for (const { Id } of all)
      await docker
        .getContainer(Id)
        .remove({ force: true, v: true })
        .catch(() => undefined)
    await this.stop()
    endShims(this.#dir)
    for (const mount of mountsBelow(this.#dir)) execFileSync('umount', ['-l', mount])
    rmSync(this.#dir, { recursive: true, force: true })
  }
}

/** One whose engine was killed in the middle of a start knows nobody any more, and waits for ever with what it began. */
function endShims(dir: string): void {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const isShim = (pid: string): boolean => said(pid, 'cmdline').includes(`\0-address\0${dir}/`)
  const shims = new Set(pids.filter(isShim))
  const begun = pids.filter((pid) =>
    shims.has(/^PPid:\t(\d+)/m.exec(said(pid, 'status'))?.[1] ?? ''),
  )
  for (const pid of [...begun, ...shims]) {
    try {
      process.kill(Number(pid), 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
}

/** Of a process that may have ended. */
function said(pid: string, file: 'cmdline' | 'status'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}

const mountsBelow = (dir: string): string[] =>
  readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .flatMap((line) => line.split(' ')[1] ?? [])
    .filter((path) => path.startsWith(`${dir}/`))
    .toReversed()

/** Why this machine cannot run a second engine; undefined when it can. */
function whyNot(): string | undefined {
  if (process.getuid?.() !== 0) return 'a second engine needs root'
  const programs = ['/usr/sbin/dockerd', '/usr/bin/dockerd', '/usr/local/bin/dockerd']
  return programs.some(existsSync) ? undefined : 'a second engine needs dockerd on this machine'
}

/** An engine of the test's own with its world; undefined after the test was skipped with the reason. */
export async function ownEngine(
  t: TestLike,
  parts: OwnEngineParts = {},
): Promise<{ readonly engine: OwnEngine; readonly world: DockerWorld } | undefined> {
  const reason = whyNot()
  if (reason !== undefined) {
    if (process.env['COLDFRONT_CI_REQUIRE_ENGINE'] === '1') t.fail(reason)
    else t.pass(reason, { skip: reason })
    return undefined
  }
  const engine = new OwnEngine(parts)
  // Teardowns run in reverse order: what the tests have made is removed before.
  t.teardown(() => engine.end())
  await engine.start()
  process.env['DOCKER_HOST'] = `unix://${engine.socketPath}`
  const lent = await engineOrSkip(t)
  return lent && { engine, world: await socketWorld(lent) }
}

/** Functions of this world listen on a socket: the engine has no network. */
async function socketWorld(engine: TestEngine): Promise<DockerWorld> {
  const image = await engine.image('node')
  return {
    ...(await dockerWorld(engine)),
    app: (options = {}) => ({
      image,
      pull: 'never',
      socket: SOCKET,
      labels: engine.labels,
      ...options,
    }),
  }
}
