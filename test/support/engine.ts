/**
 * The Docker engine for tests: finds it or says why there is none, makes the two test images offline, and
 * removes every container of the run at its end, also after a failure.
 */

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, copyFile, mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { spawn } from 'node:child_process'
import { promisify } from 'node:util'
import Docker from 'dockerode'
import type { Test } from 'tap'

const run = promisify(execFile)

/** What teardown needs of tap's `t`, and what skipping needs of it. */
export type TestLike = Pick<Test, 'teardown' | 'pass' | 'fail'>

/** The label that every container of a test carries; its value names the test process. */
export const RUN_LABEL = 'coldfront-test.run'

export interface TestEngine {
  readonly docker: Docker
  readonly socketPath: string
  /** For `spec.labels`: what carries it is removed at the end of the test. */
  readonly labels: Readonly<Record<string, string>>
  /** Makes the image on the first call and returns its name; needs no registry. */
  image(name: ImageName): Promise<string>
}

/** `checked` is busybox with a health check that passes at the second try. */
export type ImageName = 'busybox' | 'checked' | 'node'

const APP = fileURLToPath(new URL('app.mjs', import.meta.url))

/** A unix socket only: test images are made of this machine's files, and tests reach container IPs. */
function socketPath(): string {
  const host = process.env['DOCKER_HOST']
  return host?.startsWith('unix://') ? host.slice('unix://'.length) : '/var/run/docker.sock'
}

/** Why there is no engine for tests; undefined when there is one. */
async function whyNot(docker: Docker): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'the test images are made of Linux binaries'
  try {
    const info = (await docker.info()) as { OSType?: string }
    return info.OSType === 'linux' ? undefined : 'the engine runs no Linux containers'
  } catch (error) {
    return `no Docker engine at ${socketPath()}: ${error instanceof Error ? error.message : String(error)}`
  }
}

/**
 * The engine, or undefined after the test was skipped with the reason. With COLDFRONT_CI_REQUIRE_ENGINE=1
 * a missing engine is a failure instead.
 */
export async function engineOrSkip(t: TestLike): Promise<TestEngine | undefined> {
  const docker = new Docker({ socketPath: socketPath() })
  const reason = await whyNot(docker)
  if (reason !== undefined) {
    if (process.env['COLDFRONT_CI_REQUIRE_ENGINE'] === '1') t.fail(reason)
    else t.pass(reason, { skip: reason })
    return undefined
  }
  await removeRuns(docker, (pid) => !isAlive(pid))
  const label = `${process.pid}-${randomBytes(4).toString('hex')}`
  t.teardown(() => removeRuns(docker, (_pid, value) => value === label))
  return {
    docker,
    socketPath: socketPath(),
    labels: { [RUN_LABEL]: label },
    image: (name) => image(docker, name),
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Removes containers of test runs, networks too: this run's at its end, those of dead runs at the beginning. */
async function removeRuns(
  docker: Docker,
  match: (pid: number, value: string) => boolean,
): Promise<void> {
  const filters = { label: [RUN_LABEL] }
  const ofRun = ({ Labels }: { Labels?: Record<string, string> | undefined }): boolean => {
    const value = Labels?.[RUN_LABEL] ?? ''
    return match(Number.parseInt(value, 10), value)
  }
  const containers = await docker.listContainers({ all: true, filters })
  await Promise.all(
    containers.filter(ofRun).map(({ Id }) =>
      docker
        .getContainer(Id)
        .remove({ force: true, v: true })
        .catch(() => undefined),
    ),
  )
  const networks = await docker.listNetworks({ filters })
  for (const { Id } of networks.filter(ofRun)) {
    await docker
      .getNetwork(Id)
      .remove()
      .catch(() => undefined)
  }
}

const made = new Map<string, Promise<string>>()

const MAKERS: Readonly<Record<ImageName, (docker: Docker) => Promise<string>>> = {
  busybox: (docker) => busybox(docker, 'busybox', []),
  checked: (docker) => busybox(docker, 'checked', [CHECK]),
  node,
}

const CHECK =
  'HEALTHCHECK --interval=200ms CMD ["/bin/busybox","sh","-c","test -e /tmp/seen || { : >/tmp/seen; exit 1; }"]'

function image(docker: Docker, name: ImageName): Promise<string> {
  const known = made.get(name) ?? MAKERS[name](docker)
  made.set(name, known)
  return known
}

/** A shell and a small HTTP server, 2 MB. */
async function busybox(docker: Docker, name: string, extra: readonly string[]): Promise<string> {
  const program = await firstOf(['/bin/busybox', '/usr/bin/busybox'])
  const tag = `coldfront-test/${name}:${hash([await readFile(program), ...extra])}`
  if (await exists(docker, tag)) return tag
  return withStage(async (stage) => {
    await place(stage, program, '/bin/busybox')
    for (const dir of ['tmp', 'run', 'etc', 'www'])
      await mkdir(join(stage, dir), { recursive: true })
    const changes = [
      'ENV PATH=/bin',
      'ENTRYPOINT ["/bin/busybox"]',
      'CMD ["httpd","-f","-p","8080","-h","/www"]',
      ...extra,
    ]
    return importImage(docker, { stage, tag, changes })
  })
}

/** Node with the libraries it names and `app.mjs` as its command, 130 MB. */
async function node(docker: Docker): Promise<string> {
  const tag = `coldfront-test/node:${hash([process.version, await readFile(APP)])}`
  if (await exists(docker, tag)) return tag
  const { stdout } = await run('ldd', [process.execPath])
  const libraries = [...stdout.matchAll(/(?:=> )?(\/\S+) \(0x/g)].flatMap((m) => m[1] ?? [])
  return withStage(async (stage) => {
    await place(stage, process.execPath, '/bin/node')
    for (const library of libraries) await place(stage, library, library)
    await place(stage, APP, '/app/app.mjs')
    for (const dir of ['tmp', 'run', 'etc']) await mkdir(join(stage, dir), { recursive: true })
    const changes = ['ENV PATH=/bin', 'WORKDIR /app', 'CMD ["/bin/node","/app/app.mjs"]']
    return importImage(docker, { stage, tag, changes })
  })
}

const hash = (parts: readonly (string | Buffer)[]): string => {
  const h = createHash('sha256')
  for (const part of parts) h.update(part)
  return h.digest('hex').slice(0, 12)
}

async function firstOf(paths: readonly string[]): Promise<string> {
  for (const path of paths) {
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path
  }
  throw new Error(`the test image needs one of ${paths.join(', ')} (Debian: busybox-static)`)
}

async function exists(docker: Docker, tag: string): Promise<boolean> {
  return docker
    .getImage(tag)
    .inspect()
    .then(
      () => true,
      () => false,
    )
}

async function place(stage: string, from: string, to: string): Promise<void> {
  const target = join(stage, to)
  await mkdir(dirname(target), { recursive: true })
  await copyFile(from, target)
}

async function withStage<T>(fill: (stage: string) => Promise<T>): Promise<T> {
  const stage = await mkdtemp(join(tmpdir(), 'coldfront-image-'))
  try {
    return await fill(stage)
  } finally {
    await rm(stage, { recursive: true, force: true })
  }
}

interface ImageParts {
  readonly stage: string
  readonly tag: string
  /** Dockerfile lines. */
  readonly changes: readonly string[]
}

async function importImage(docker: Docker, { stage, tag, changes }: ImageParts): Promise<string> {
  const tar = spawn(
    'tar',
    ['-C', stage, '-cf', '-', '--owner=0', '--group=0', ...(await readdir(stage))],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const [repo, version] = tag.split(':')
  const answer = await docker.importImage(tar.stdout, { repo, tag: version, changes: [...changes] })
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(answer, (error: Error | null) =>
      error ? reject(error) : resolve(),
    )
  })
  return tag
}
