/** Registry credentials as the docker client keeps them: in config.json, or with a helper program. Never logged. */

import { spawn } from 'node:child_process'
import type { Clock } from '../../lib/clock.ts'
import { RuntimeError } from '../runtime.ts'
import { dockerConfig } from './discovery.ts'
import type { DiscoveryParts, Env } from './discovery.ts'
import { DOCKER_LIMITS } from './limits.ts'

/** What the engine takes as X-Registry-Auth. */
export interface Credentials {
  readonly username?: string
  readonly password?: string
  readonly identitytoken?: string
  readonly serveraddress: string
}

const DOCKER_HUB = 'https://index.docker.io/v1/'

/** The registry that an image's name begins with, under the name that config.json has for it. */
export function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/')
  const named = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost')
  return named && first !== 'docker.io' && first !== 'index.docker.io' ? first : DOCKER_HUB
}

export interface CredentialParts extends Pick<DiscoveryParts, 'env' | 'home'> {
  readonly clock: Clock
}

/** Read anew for each pull, since a login may have happened. Undefined: pull without. Throws `pull_failed` when a helper fails. */
export async function credentialsFor(
  image: string,
  parts: CredentialParts,
): Promise<Credentials | undefined> {
  const config = await dockerConfig(parts)
  const registry = registryOf(image)
  const helper = config.credHelpers?.[registry] ?? config.credsStore
  if (helper) return askHelper({ helper, registry, ...parts })
  const [, entry] =
    Object.entries(config.auths ?? {}).find(([name]) => hostOf(name) === hostOf(registry)) ?? []
  if (!entry) return undefined
  if (entry.identitytoken) return { identitytoken: entry.identitytoken, serveraddress: registry }
  const [username = '', password = ''] = entry.auth
    ? splitOnce(Buffer.from(entry.auth, 'base64').toString('utf8'))
    : [entry.username, entry.password]
  return username === '' ? undefined : { username, password, serveraddress: registry }
}

const hostOf = (registry: string): string =>
  registry.replace(/^https?:\/\//, '').replace(/\/.*$/, '')

function splitOnce(text: string): [string, string] {
  const at = text.indexOf(':')
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

interface HelperParts {
  readonly helper: string
  readonly registry: string
  readonly env: Env
  readonly clock: Clock
}

/** `docker-credential-NAME get`, registry on its standard input, JSON on its standard output. */
async function askHelper({
  helper,
  registry,
  env,
  clock,
}: HelperParts): Promise<Credentials | undefined> {
  if (!/^[\w.-]+$/.test(helper))
    throw new RuntimeError(
      'pull_failed',
      `"${helper}" is no name of a credential helper: correct config.json of docker`,
    )
  const program = `docker-credential-${helper}`
  const { code, output } = await runHelper({ program, registry, env, clock })
  if (code !== 0) {
    if (/credentials not found/i.test(output)) return undefined
    throw new RuntimeError(
      'pull_failed',
      `${program} has no answer for ${registry}: run \`docker login\` again`,
    )
  }
  const { Username = '', Secret = '' } = JSON.parse(output) as {
    Username?: string
    Secret?: string
  }
  // This name says that the secret is a token, not a password.
  if (Username === '<token>') return { identitytoken: Secret, serveraddress: registry }
  return { username: Username, password: Secret, serveraddress: registry }
}

interface HelperRun {
  readonly program: string
  readonly registry: string
  readonly env: Env
  readonly clock: Clock
}

function runHelper({
  program,
  registry,
  env,
  clock,
}: HelperRun): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new RuntimeError('pull_failed', `${program} ${why}`))
    const child = spawn(program, ['get'], { env: { ...env }, stdio: ['pipe', 'pipe', 'ignore'] })
    const timer = clock.timer(DOCKER_LIMITS.credentialHelperMs, () => {
      child.kill('SIGKILL')
      fail(`did not answer within ${DOCKER_LIMITS.credentialHelperMs} ms: try it by hand`)
    })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (output.length < DOCKER_LIMITS.credentialBytes) output += text
    })
    child.on('error', (error) => {
      timer.cancel()
      fail(`could not be run: ${error.message}: install it, or run \`docker login\` again`)
    })
    child.on('close', (code) => {
      timer.cancel()
      resolve({ code, output })
    })
    child.stdin.on('error', () => undefined)
    child.stdin.end(registry)
  })
}
