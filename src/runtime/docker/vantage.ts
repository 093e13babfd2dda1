/**
 * From where the gateway looks at the engine's containers, and so by which address it reaches one: its own
 * address, a network that both share, a port published on this host, or a socket in a shared directory.
 */

import { readFile } from 'node:fs/promises'
import type Docker from 'dockerode'
import type { Endpoint } from '../../domain/endpoint.ts'
import type { Listening } from '../../domain/function.ts'
import { RuntimeError } from '../runtime.ts'
import type { Running } from '../runtime.ts'
import type { Reach } from './claim.ts'
import type { Connection } from './engine.ts'

type Inspected = Docker.ContainerInspectInfo

export interface Vantage {
  /** The user-defined networks of the container that the gateway itself runs in; empty outside of one. */
  readonly networks: readonly string[]
  /** What `reach: auto` means here. */
  readonly auto: Exclude<Reach, 'auto'>
}

export interface VantageParts {
  readonly connection: Connection
  readonly platform: string
  /** The id of the container that the gateway runs in, if it does. */
  readonly self: string | undefined
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/

/** Asks the engine for the gateway's own container, once, when there is one. */
export async function findVantage({ connection, platform, self }: VantageParts): Promise<Vantage> {
  const { docker, address, secluded } = connection
  const own =
    self &&
    (await docker
      .getContainer(self)
      .inspect()
      .catch(() => undefined))
  if (own && own.HostConfig.NetworkMode !== 'host') {
    return { networks: Object.keys(own.NetworkSettings.Networks), auto: 'network' }
  }
  if (address.k === 'tcp' && !LOOPBACK.test(address.host)) return { networks: [], auto: 'ip' }
  return { networks: [], auto: platform === 'linux' && !secluded ? 'ip' : 'published' }
}

/** The id of the container that this process runs in; undefined outside of one. */
export const ownContainer = async (): Promise<string | undefined> =>
  containerAround(await readFile('/proc/self/mountinfo', 'utf8').catch(() => ''))

/**
 * The engine mounts a few files of its own into each container, from a directory that is named by the id: so with
 * Docker and Podman, whatever the version of cgroups, which name the container in one version only.
 */
export const containerAround = (mountinfo: string): string | undefined =>
  / \S*\/(?:overlay-)?containers\/([0-9a-f]{64})\/\S*(hostname|resolv\.conf) \/etc\/\2 /.exec(
    mountinfo,
  )?.[1]

export interface AddressParts {
  readonly info: Inspected
  /** The container that has its network: itself, or the one that it joins; undefined where that is gone. */
  readonly network: Inspected | undefined
  readonly listening: Listening
  readonly reach: Reach
  readonly vantage: Vantage
}

/** It has processes, frozen or not, and so a network. */
export const isUp = ({ State: { Running: runs, Paused: isPaused } }: Inspected): boolean =>
  runs || isPaused

/** Its network belongs to another container, which does not run or is no more. */
export const isCutOff = ({ info, network }: Pick<AddressParts, 'info' | 'network'>): boolean =>
  network !== info && !(network && isUp(network))

type Address = Pick<Running, 'endpoint' | 'accepts'>

/** Where a running container is reached. Throws `refused`, with what to change, where it cannot be. */
export function addressOf({ info, network, listening, reach, vantage }: AddressParts): Address {
  if (listening.k === 'socket') return { endpoint: socketOf(info, listening.path), accepts: 'app' }
  if (!network || isCutOff({ info, network })) {
    throw new RuntimeError(
      'refused',
      `container ${nameOf(info)} joins the network of a container that does not run: start that one first`,
    )
  }
  const way = reach === 'auto' ? vantage.auto : reach
  if (network.HostConfig.NetworkMode === 'host') return onHost(listening.port)
  if (way === 'published')
    return { endpoint: publishedOf(network, listening.port), accepts: 'proxy' }
  const host = way === 'network' ? sharedAddress(network, vantage) : firstAddress(network)
  return { endpoint: { k: 'tcp', host, port: listening.port, proto: 'h1' }, accepts: 'app' }
}

const onHost = (port: number): Address => ({
  endpoint: { k: 'tcp', host: '127.0.0.1', port, proto: 'h1' },
  accepts: 'app',
})

interface Attached {
  readonly IPAddress?: string
  readonly GlobalIPv6Address?: string
}

const ipOf = (n: Attached | undefined): string | undefined =>
  n?.IPAddress || n?.GlobalIPv6Address || undefined

/** On the network named first when it was made; of an existing container on any. */
function firstAddress(info: Inspected): string {
  const networks: Record<string, Attached> = info.NetworkSettings.Networks
  const mode = info.HostConfig.NetworkMode ?? ''
  const ip = ipOf(networks[mode]) ?? Object.values(networks).map(ipOf).find(Boolean)
  if (ip) return ip
  throw new RuntimeError(
    'refused',
    `container ${nameOf(info)} has no address of its own (network mode ${mode}): attach it to a network, or use reach: published`,
  )
}

function sharedAddress(info: Inspected, { networks }: Vantage): string {
  const theirs: Record<string, Attached> = info.NetworkSettings.Networks
  const ip = networks.map((name) => ipOf(theirs[name])).find(Boolean)
  if (ip) return ip
  throw new RuntimeError(
    'refused',
    `container ${nameOf(info)} shares no network with the gateway's own container (${networks.join(', ') || 'it has none'}): attach one of them`,
  )
}

function publishedOf(info: Inspected, port: number): Endpoint {
  const [binding] = info.NetworkSettings.Ports[`${port}/tcp`] ?? []
  if (!binding) {
    throw new RuntimeError(
      'refused',
      `container ${nameOf(info)} does not publish port ${port}/tcp: publish it on 127.0.0.1`,
    )
  }
  const everywhere = binding.HostIp === '' || binding.HostIp === '0.0.0.0'
  const host = everywhere ? '127.0.0.1' : binding.HostIp === '::' ? '::1' : binding.HostIp
  return { k: 'tcp', host, port: Number(binding.HostPort), proto: 'h1' }
}

/** The path on this host of a socket in a directory that is mounted from it; the innermost mount counts. */
function socketOf(info: Inspected, path: string): Endpoint {
  const [mount] = info.Mounts.filter(({ Destination }) =>
    path.startsWith(`${Destination}/`),
  ).toSorted((a, b) => b.Destination.length - a.Destination.length)
  if (!mount?.Source) {
    throw new RuntimeError(
      'refused',
      `container ${nameOf(info)} has no directory of this host mounted around ${path}: mount one there`,
    )
  }
  return { k: 'unix', path: mount.Source + path.slice(mount.Destination.length), proto: 'h1' }
}

const nameOf = (info: Inspected): string => info.Name.replace(/^\//, '')
