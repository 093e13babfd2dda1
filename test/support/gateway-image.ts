/**
 * The image of the Dockerfile, built without a registry: its base is the test image with Node, and in the builder a
 * stand-in for npm brings what npm would bring. Everything else runs as it is written there.
 */

import { execFile, spawn } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type Docker from 'dockerode'

import type { TestEngine, TestLike } from './engine.ts'
import { ROOT, packed } from './package.ts'
import { tempDir } from './temp-dir.ts'

const run = promisify(execFile)

/** Fails on anything that the Dockerfile does not say today. */
const NPM = `#!/bin/sh
case "$*" in
  "ci --ignore-scripts") tar -xf /npm.tar node_modules ;;
  "run build") test -f tsconfig.build.json && test -f src/main.ts && tar -xf /npm.tar dist ;;
  "prune --omit=dev --omit=optional --ignore-scripts") test -d node_modules ;;
  *) echo "unexpected: npm $*" >&2; exit 1 ;;
esac
`

interface Locked {
  readonly packages: Readonly<Record<string, { dev?: boolean; optional?: boolean }>>
}

/** What npm leaves after the prune: all that the product needs, without what install scripts made. */
function productModules(): string[] {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as Locked
  return Object.entries(lock.packages)
    .filter(([path, { dev, optional }]) => path !== '' && !dev && !optional)
    .map(([path]) => path)
}

/** Not what the install script of the package `node` has made. */
const isFetched = (path: string): boolean => !/\/node_modules\/node\/(bin|node_modules)$/.test(path)

async function builder(t: TestLike, engine: TestEngine, tag: string): Promise<void> {
  const [{ tarball }, stage, parts] = [await packed(t), tempDir(t), tempDir(t)]
  await run('tar', ['-xzf', tarball, '-C', parts, '--strip-components=1', 'package/dist'])
  for (const path of productModules()) {
    mkdirSync(join(parts, path), { recursive: true })
    cpSync(join(ROOT, path), join(parts, path), { recursive: true, filter: isFetched })
  }
  await run('tar', ['-cf', join(stage, 'npm.tar'), '-C', parts, 'dist', 'node_modules'])
  writeFileSync(join(stage, 'npm'), NPM)
  chmodSync(join(stage, 'npm'), 0o755)
  const lines = [
    `FROM ${await engine.image('busybox')} AS shell`,
    `FROM ${await engine.image('node')}`,
    'COPY --from=shell /bin/busybox /bin/busybox',
    'RUN ["/bin/busybox", "--install", "-s", "/bin"]',
    'COPY npm /bin/npm',
    'COPY npm.tar /npm.tar',
  ]
  writeFileSync(join(stage, 'Dockerfile'), `${lines.join('\n')}\n`)
  const entries = readdirSync(stage)
  await build({ docker: engine.docker, context: stage, entries, options: { t: tag } })
}

interface BuildParts {
  readonly docker: Docker
  readonly context: string
  /** What the engine gets of it. */
  readonly entries: readonly string[]
  readonly options: object
}

/** Throws with the last lines of the build. */
async function build({ docker, context, entries, options }: BuildParts): Promise<void> {
  const tar = spawn('tar', ['-C', context, '-cf', '-', ...entries], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const answer = await docker.buildImage(tar.stdout, { ...options, forcerm: true })
  const said: { stream?: string; error?: string }[] = await new Promise((resolve, reject) => {
    docker.modem.followProgress(answer, (error: Error | null, lines: object[]) =>
      error ? reject(error) : resolve(lines),
    )
  })
  const text = said.map(({ stream, error }) => error ?? stream ?? '').join('')
  if (said.some(({ error }) => error !== undefined)) throw new Error(text.slice(-4_000))
}

/** What .dockerignore lets through: it shuts out everything, then names what is in. */
function allowed(): string[] {
  const rules = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n')
  const [first, ...rest] = rules.filter((line) => line !== '' && !line.startsWith('#'))
  if (first !== '*' || rest.some((line) => !/^![\w.-]+$/.test(line)))
    throw new Error('.dockerignore is no plain list of what is allowed')
  return rest.map((line) => line.slice(1))
}

/** Its name; it is removed when the test ends, and so are the stages. */
export async function gatewayImage(t: TestLike, engine: TestEngine): Promise<string> {
  const { docker } = engine
  const names = ['builder', 'build', 'gateway'].map(
    (name) => `coldfront-test/${name}:${process.pid}`,
  )
  const [builderTag = '', buildTag = '', tag = ''] = names
  t.teardown(async () => {
    for (const name of names.toReversed())
      await docker
        .getImage(name)
        .remove({ force: true })
        .catch(() => undefined)
  })
  await builder(t, engine, builderTag)
  const buildargs = { BASE: await engine.image('node'), BUILDER: builderTag }
  const parts = { docker, context: ROOT, entries: allowed() }
  // The stage gets a name as well, so that it can be removed.
  await build({ ...parts, options: { t: buildTag, target: 'build', buildargs } })
  await build({ ...parts, options: { t: tag, buildargs } })
  return tag
}
