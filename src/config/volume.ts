/** Volumes as Docker writes them: `source:target[:options]`, where the source is a directory or a volume's name. */

import { dirname, isAbsolute, normalize, resolve } from 'node:path'

export interface Volume {
  /** With an absolute source, as the engine takes it. */
  readonly text: string
  readonly writable: boolean
  /** The directory or file of the host; undefined for a named volume. */
  readonly bind: string | undefined
}

const OPTIONS =
  /^(ro|rw|z|Z|nocopy|r?shared|r?slave|r?private)(,(ro|rw|z|Z|nocopy|r?shared|r?slave|r?private))*$/
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/

/** Sockets through which a container would command the engine. */
const ENGINE_SOCKETS = [
  '/var/run/docker.sock',
  '/run/docker.sock',
  '/run/podman/podman.sock',
  '/run/containerd/containerd.sock',
  '/var/run/podman/podman.sock',
  '/var/run/containerd/containerd.sock',
]

/** A relative source counts from `directory`. Undefined: not a volume. */
export function parseVolume(text: string, directory: string): Volume | undefined {
  const [source = '', target = '', options, ...rest] = text.split(':')
  if (rest.length > 0 || !isAbsolute(target) || (options !== undefined && !OPTIONS.test(options)))
    return undefined
  const writable = !(options ?? '').split(',').includes('ro')
  const isPath = source.startsWith('.') || isAbsolute(source)
  if (!isPath && !NAME.test(source)) return undefined
  const bind = isPath ? resolve(directory, source) : undefined
  const parts = [bind ?? source, target, ...(options === undefined ? [] : [options])]
  return { text: parts.join(':'), writable, bind }
}

/** Directories of the host with which a container is as good as root on it. What lies in them may be bound. */
const HOST = ['/boot', '/dev', '/etc', '/proc', '/sys', '/var/lib/containerd', '/var/lib/docker']

export interface Host {
  readonly engineHost: string | undefined
  /** Absolute. Who has the keys and the socket in it commands the gateway. */
  readonly stateDir: string
}

/** Whether it hands over the engine's socket, a directory that holds it, the gateway, or the whole host. Links are not followed. */
export function isDangerous({ bind }: Volume, { engineHost, stateDir }: Host): boolean {
  if (bind === undefined) return false
  const own = engineHost?.startsWith('unix://')
    ? [normalize(engineHost.slice('unix://'.length))]
    : []
  const guarded = [...ENGINE_SOCKETS, ...own, ...HOST, stateDir]
  return guarded.some((path) => isWithin(path, bind)) || isWithin(bind, stateDir)
}

/** Whether `path` is `directory` or stands below it. */
function isWithin(path: string, directory: string): boolean {
  for (let at = path; ; at = dirname(at)) {
    if (at === directory) return true
    if (at === dirname(at)) return false
  }
}
