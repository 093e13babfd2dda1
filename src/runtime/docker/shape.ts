/** From a function's spec to the engine's create request: safe defaults, and what is refused. Pure but for `refuseDangerous`. */

import { realpath } from 'node:fs/promises'
import { posix } from 'node:path'
import type Docker from 'dockerode'
import type { FunctionSpec, ImageSpec } from '../../domain/function.ts'
import type { FunctionId, InstanceId } from '../../domain/ids.ts'
import { RuntimeError } from '../runtime.ts'
import { isReserved } from './claim.ts'
import type { Labels } from './claim.ts'
import { DOCKER_LIMITS } from './limits.ts'
import { SANDBOX_PROGRAM } from './sandbox-program.ts'
import type { Vantage } from './vantage.ts'

/** One instance to make. */
export interface Order {
  readonly fn: FunctionSpec
  readonly spec: ImageSpec
  readonly id: InstanceId
}

export interface ShapeParts extends Order {
  readonly labels: Labels
  readonly vantage: Vantage
  /** The host's directory for the instance's socket; undefined where it listens on a port. */
  readonly socketDir: string | undefined
  /** The id of the sandbox that has its network; undefined where it has one of its own. */
  readonly sandbox: string | undefined
}

/** One sandbox to make; `image` is coldfront's own. */
export interface SandboxParts extends Pick<ShapeParts, keyof Order | 'labels' | 'vantage'> {
  readonly image: string
}

/** Beginning of the name of every container that coldfront makes. */
const NAME = 'coldfront'
const SHORT_LENGTH = 12

/** The part of an instance's id that is in names: its end, which differs between instances. */
export const shortId = (id: InstanceId): string =>
  id.replaceAll(/[^a-zA-Z0-9_.-]/g, '-').slice(-SHORT_LENGTH)

/** What the container of an instance is called. */
export const containerName = (fn: FunctionId, id: InstanceId): string =>
  `${NAME}-${fn}-${shortId(id)}`

/** What its sandbox is called, if it has one. */
export const sandboxName = (fn: FunctionId, id: InstanceId): string =>
  `${containerName(fn, id)}-net`

/** The body of `POST /containers/create`. */
export function createRequest(parts: ShapeParts): Docker.ContainerCreateOptions {
  const { fn, spec, id, labels } = parts
  return {
    name: containerName(fn.id, id),
    Image: spec.image,
    Env: environment(fn, spec),
    Labels: { ...ownLabels(spec), ...labels },
    ...(spec.command && { Cmd: [...spec.command] }),
    ...(spec.entrypoint && { Entrypoint: [...spec.entrypoint] }),
    ...(spec.workdir !== undefined && { WorkingDir: spec.workdir }),
    ...(spec.user !== undefined && { User: spec.user }),
    // The engine refuses anything of a network beside one that is joined.
    ...(parts.sandbox === undefined && exposed(spec)),
    ...anonymousVolumes(spec),
    HostConfig: {
      ...security(spec),
      ...resources(spec),
      ...places(parts),
      ...(parts.sandbox === undefined
        ? network(parts)
        : { NetworkMode: `container:${parts.sandbox}` }),
    },
  }
}

/** The network that the instance would have had, around a program that may do nothing but wait. */
export function sandboxRequest(parts: SandboxParts): Docker.ContainerCreateOptions {
  const { fn, spec, id, labels, image } = parts
  return {
    name: sandboxName(fn.id, id),
    Image: image,
    Entrypoint: [SANDBOX_PROGRAM],
    User: NOBODY,
    Labels: { ...ownLabels(spec), ...labels },
    ...exposed(spec),
    HostConfig: {
      SecurityOpt: ['no-new-privileges'],
      CapDrop: ['ALL'],
      ReadonlyRootfs: true,
      PidsLimit: DOCKER_LIMITS.sandboxPids,
      Memory: DOCKER_LIMITS.sandboxBytes,
      MemorySwap: DOCKER_LIMITS.sandboxBytes,
      LogConfig: { Type: 'none', Config: {} },
      ...network(parts),
    },
  }
}

/** The kernel's user of no rights; by number, since the image names none. */
const NOBODY = '65534:65534'

/** Knative's container contract; what is configured goes before. */
function environment(fn: FunctionSpec, spec: ImageSpec): string[] {
  const given = {
    ...(spec.listening.k === 'port'
      ? { PORT: `${spec.listening.port}` }
      : { SOCKET: spec.listening.path }),
    K_SERVICE: fn.id,
    K_REVISION: fn.revision,
    K_CONFIGURATION: fn.id,
  }
  return Object.entries({ ...given, ...spec.env }).map(([name, value]) => `${name}=${value}`)
}

function ownLabels(spec: ImageSpec): Labels {
  const reserved = Object.keys(spec.labels).find(isReserved)
  if (reserved)
    throw new RuntimeError(
      'refused',
      `label "${reserved}": names under "coldfront." are coldfront's own: take another`,
    )
  return spec.labels
}

/**
 * The engine's defaults, less what no server needs: raw sockets and device nodes. Images such as nginx, postgres
 * and grafana start with this; `hardened` is for those made for it.
 */
function security(spec: ImageSpec): Docker.HostConfig {
  return {
    SecurityOpt: ['no-new-privileges'],
    CapDrop: spec.hardened ? ['ALL'] : ['NET_RAW', 'MKNOD'],
    ReadonlyRootfs: spec.readOnly || spec.hardened,
    Init: true,
    LogConfig: {
      Type: 'json-file',
      Config: { 'max-size': DOCKER_LIMITS.logFileSize, 'max-file': DOCKER_LIMITS.logFiles },
    },
  }
}

/** Swap is not added to the memory asked for: a limit that swaps first is none that a wake can rely on. */
function resources(spec: ImageSpec): Docker.HostConfig {
  return {
    PidsLimit: spec.pids,
    ...(spec.memory !== undefined && { Memory: spec.memory, MemorySwap: spec.memory }),
    ...(spec.cpus !== undefined && { NanoCpus: Math.round(spec.cpus * 1e9) }),
  }
}

const isAnonymous = (volume: string): boolean => !volume.includes(':')

function anonymousVolumes(spec: ImageSpec): Pick<Docker.ContainerCreateOptions, 'Volumes'> {
  const paths = spec.volumes.filter(isAnonymous)
  return paths.length > 0 ? { Volumes: Object.fromEntries(paths.map((path) => [path, {}])) } : {}
}

function places({ spec, socketDir }: ShapeParts): Docker.HostConfig {
  const binds = spec.volumes.filter((volume) => !isAnonymous(volume))
  if (spec.listening.k === 'socket')
    binds.push(`${socketDir}:${posix.dirname(spec.listening.path)}`)
  const tmpfs = spec.tmpfs.map((entry) => {
    const [path = '', ...options] = entry.split(':')
    return [path, options.join(':')]
  })
  return {
    ...(binds.length > 0 && { Binds: binds }),
    ...(tmpfs.length > 0 && { Tmpfs: Object.fromEntries(tmpfs) as Record<string, string> }),
  }
}

/** The first network here; the others are connected after the create. */
function network({ spec, vantage }: WayParts): Docker.HostConfig {
  const first = spec.networks[0] ?? (isShared({ spec, vantage }) ? vantage.networks[0] : undefined)
  return {
    ...(first !== undefined && { NetworkMode: first }),
    ...(spec.extraHosts.length > 0 && { ExtraHosts: [...spec.extraHosts] }),
    ...(isPublished({ spec, vantage }) && {
      PortBindings: { [portKey(spec)]: [{ HostIp: '127.0.0.1', HostPort: '' }] },
    }),
  }
}

type WayParts = Pick<ShapeParts, 'spec' | 'vantage'>
const wayOf = ({ spec, vantage }: WayParts): string =>
  spec.reach === 'auto' ? vantage.auto : spec.reach
const isShared = (parts: WayParts): boolean => wayOf(parts) === 'network'
const isPublished = (parts: WayParts): boolean =>
  parts.spec.listening.k === 'port' && wayOf(parts) === 'published'

const portKey = ({ listening }: ImageSpec): string =>
  listening.k === 'port' ? `${listening.port}/tcp` : ''

const exposed = (spec: ImageSpec): Pick<Docker.ContainerCreateOptions, 'ExposedPorts'> =>
  spec.listening.k === 'port' ? { ExposedPorts: { [portKey(spec)]: {} } } : {}

/** As good as root on this host, wherever the engine in use listens; beside them all that no function may have of the gateway. */
const GUARDED = [
  '/boot',
  '/dev',
  '/etc',
  '/proc',
  '/run/containerd/containerd.sock',
  '/run/docker.sock',
  '/run/podman/podman.sock',
  '/sys',
  '/var/lib/containerd',
  '/var/lib/docker',
  '/var/run/docker.sock',
]

/** Throws `refused` for a bind of what is guarded, or of a directory around it, unless `dangerous` says so. Links are followed. */
export async function refuseDangerous(spec: ImageSpec, more: readonly string[]): Promise<void> {
  if (spec.dangerous || spec.volumes.length === 0) return
  const guarded = [...GUARDED, ...more]
  const real = await Promise.all(guarded.map((path) => realpath(path).catch(() => path)))
  for (const volume of spec.volumes) {
    const source = volume.split(':')[0] ?? ''
    if (!source.startsWith('/') || isAnonymous(volume)) continue
    const plain = trimmed(posix.normalize(source))
    const followed = trimmed(await realpath(source).catch(() => plain))
    const hit =
      [...guarded, ...real].find((path) => isWithin(path, plain) || isWithin(path, followed)) ??
      more.find((path) => isWithin(plain, path) || isWithin(followed, path))
    if (hit === undefined) continue
    throw new RuntimeError(
      'refused',
      `volume "${volume}" gives the function ${plain === '' ? 'the whole host' : hit}, and with it this machine: set dangerous: true if that is meant`,
    )
  }
}

const trimmed = (path: string): string => path.replace(/\/+$/, '')
const isWithin = (path: string, dir: string): boolean => path === dir || path.startsWith(`${dir}/`)
