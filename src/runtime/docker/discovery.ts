/**
 * Where the engine may be, in the order in which the docker client looks: the option, DOCKER_HOST, the context in
 * use, then the well-known sockets of Docker, rootless Docker, Docker Desktop and Podman. Reads files, asks no engine.
 */

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { RuntimeError } from '../runtime.ts'

export type Env = Readonly<Record<string, string | undefined>>

export interface Tls {
  readonly ca: Buffer | undefined
  readonly cert: Buffer | undefined
  readonly key: Buffer | undefined
}

/** One place to ask. `from` says who named it, for messages. */
export type EngineAddress =
  | { readonly k: 'socket'; readonly path: string; readonly from: string }
  | {
      readonly k: 'tcp'
      readonly host: string
      readonly port: number
      readonly tls: Tls | undefined
      readonly from: string
    }

export interface DiscoveryParts {
  /** `docker.host` of the configuration. */
  readonly host: string | undefined
  readonly env: Env
  /** The user's home directory. */
  readonly home: string
}

/** A place to ask that somebody named is the only one; otherwise all well-known ones, the likeliest first. */
export async function engineAddresses(parts: DiscoveryParts): Promise<readonly EngineAddress[]> {
  const { host, env } = parts
  if (host) return [parseHost({ host, from: 'docker.host', tls: await envTls(env) })]
  const context = env['DOCKER_CONTEXT']
  if (env['DOCKER_HOST'] && !context) {
    return [parseHost({ host: env['DOCKER_HOST'], from: 'DOCKER_HOST', tls: await envTls(env) })]
  }
  const name = context ?? (await dockerConfig(parts)).currentContext
  if (name && name !== 'default') return [await contextAddress(parts, name)]
  return wellKnown(parts)
}

/** The docker client's directory. */
export const configDir = ({ env, home }: Pick<DiscoveryParts, 'env' | 'home'>): string =>
  env['DOCKER_CONFIG'] || join(home, '.docker')

export interface DockerConfigFile {
  readonly currentContext?: string
  readonly auths?: Readonly<
    Record<string, { auth?: string; identitytoken?: string; username?: string; password?: string }>
  >
  readonly credsStore?: string
  readonly credHelpers?: Readonly<Record<string, string>>
}

/** The docker client's config.json; empty where there is none. Throws `failed` when it is not JSON. */
export async function dockerConfig(
  parts: Pick<DiscoveryParts, 'env' | 'home'>,
): Promise<DockerConfigFile> {
  const file = join(configDir(parts), 'config.json')
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return {}
  try {
    return JSON.parse(text) as DockerConfigFile
  } catch (cause) {
    throw new RuntimeError('failed', `${file} is not valid JSON: correct it`, [], { cause })
  }
}

function wellKnown({ env, home }: DiscoveryParts): readonly EngineAddress[] {
  const run = env['XDG_RUNTIME_DIR']
  const paths = [
    '/var/run/docker.sock',
    ...(run ? [join(run, 'docker.sock')] : []),
    join(home, '.docker', 'run', 'docker.sock'),
    join(home, '.docker', 'desktop', 'docker.sock'),
    ...(run ? [join(run, 'podman', 'podman.sock')] : []),
    '/run/podman/podman.sock',
  ]
  return paths.map((path) => ({ k: 'socket', path, from: 'well-known socket' }))
}

interface HostParts {
  readonly host: string
  readonly from: string
  readonly tls: Tls | undefined
}

/** `unix://path`, `npipe://path`, `tcp://host:port`, `host:port` or an absolute path. Throws `refused` on anything else. */
export function parseHost({ host, from, tls }: HostParts): EngineAddress {
  if (host.startsWith('/')) return { k: 'socket', path: host, from }
  const text = host.includes('://') ? host : `tcp://${host}`
  const [scheme, rest = ''] = text.split('://', 2)
  if (scheme === 'unix' && rest.startsWith('/')) return { k: 'socket', path: rest, from }
  if (scheme === 'npipe' && rest !== '') return { k: 'socket', path: rest, from }
  const url = ['tcp', 'http', 'https'].includes(scheme ?? '') && URL.parse(`http://${rest}`)
  if (!url || url.hostname === '') {
    const advice =
      scheme === 'ssh'
        ? 'forward its socket (ssh -L) and name that'
        : 'write unix:///path or tcp://host:port'
    throw new RuntimeError(
      'refused',
      `${from}: "${host}" is no engine address that coldfront can use: ${advice}`,
    )
  }
  const secure = tls !== undefined || scheme === 'https'
  const port = url.port === '' ? (secure ? 2376 : 2375) : Number(url.port)
  const noTls = secure ? { ca: undefined, cert: undefined, key: undefined } : undefined
  return { k: 'tcp', host: url.hostname.replace(/^\[|\]$/g, ''), port, tls: tls ?? noTls, from }
}

async function envTls(env: Env): Promise<Tls | undefined> {
  return env['DOCKER_TLS_VERIFY'] && env['DOCKER_CERT_PATH']
    ? readTls(env['DOCKER_CERT_PATH'])
    : undefined
}

async function readTls(dir: string): Promise<Tls | undefined> {
  const read = (name: string): Promise<Buffer | undefined> =>
    readFile(join(dir, name)).catch(() => undefined)
  const [ca, cert, key] = await Promise.all([read('ca.pem'), read('cert.pem'), read('key.pem')])
  return ca || cert || key ? { ca, cert, key } : undefined
}

interface ContextFile {
  readonly Endpoints?: { readonly docker?: { readonly Host?: string } }
}

/** A context's files lie under the SHA-256 of its name. */
async function contextAddress(parts: DiscoveryParts, name: string): Promise<EngineAddress> {
  const id = createHash('sha256').update(name).digest('hex')
  const dir = join(configDir(parts), 'contexts')
  const text = await readFile(join(dir, 'meta', id, 'meta.json'), 'utf8').catch(() => undefined)
  const host =
    text === undefined ? undefined : (JSON.parse(text) as ContextFile).Endpoints?.docker?.Host
  if (host === undefined) {
    throw new RuntimeError(
      'engine_away',
      `docker context "${name}" does not exist or names no host: see \`docker context ls\``,
    )
  }
  return parseHost({
    host,
    from: `docker context ${name}`,
    tls: await readTls(join(dir, 'tls', id, 'docker')),
  })
}

/** For messages: where and who said so. */
export const showAddress = (a: EngineAddress): string =>
  a.k === 'socket' ? a.path : `tcp://${a.host.includes(':') ? `[${a.host}]` : a.host}:${a.port}`
