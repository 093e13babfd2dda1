/** As much of docker compose as compose.yaml uses, on the engine's API: its plugin is not everywhere. */

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type Docker from 'dockerode'
import { parse } from 'yaml'

interface Service {
  readonly build?: string
  readonly image?: string
  readonly container_name?: string
  readonly init?: boolean
  readonly restart?: string
  readonly ports?: string[]
  readonly networks?: string[]
  readonly group_add?: string[]
  readonly volumes?: string[]
  readonly read_only?: boolean
  readonly cap_drop?: string[]
  readonly security_opt?: string[]
  readonly stop_grace_period?: string
  /** Soft and hard alike. */
  readonly ulimits?: Readonly<Record<string, number>>
}

interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>
  readonly networks: Readonly<Record<string, unknown>>
  readonly volumes: Readonly<Record<string, unknown>>
}

export interface ComposeParts {
  readonly docker: Docker
  readonly file: string
  readonly project: string
  /** Of everything that is made. */
  readonly labels: Readonly<Record<string, string>>
  /** What `${…}` stands for. */
  readonly env: Readonly<Record<string, string>>
  /** Changes what is said of a container before it is made. */
  readonly change: (
    service: string,
    options: Docker.ContainerCreateOptions,
  ) => Docker.ContainerCreateOptions
}

const KNOWN = new Set([
  'build',
  'image',
  'container_name',
  'init',
  'restart',
  'ports',
  'networks',
  'group_add',
  'volumes',
  'read_only',
  'cap_drop',
  'security_opt',
  'stop_grace_period',
  'ulimits',
])

/** `docker compose create`: networks, volumes and containers, none of which runs. By service. */
export async function composeCreate(
  parts: ComposeParts,
): Promise<Readonly<Record<string, Docker.Container>>> {
  const { docker, file, project, labels, env, change } = parts
  const text = readFileSync(file, 'utf8').replaceAll(
    /\$\{(\w+)[^}]*\}/g,
    (_, name: string) => env[name] ?? unset(name),
  )
  const { services, networks, volumes } = parse(text) as ComposeFile
  for (const name of Object.keys(networks))
    await docker.createNetwork({ Name: `${project}_${name}`, Labels: { ...labels } })
  for (const name of Object.keys(volumes))
    await docker.createVolume({ Name: `${project}_${name}`, Labels: { ...labels } })
  const made: Record<string, Docker.Container> = {}
  for (const [name, service] of Object.entries(services)) {
    const strange = Object.keys(service).find((key) => !KNOWN.has(key))
    if (strange !== undefined) throw new Error(`${strange} of ${name} is not known here`)
    const options = { ...containerOf(name, service, parts), Labels: { ...labels } }
    made[name] = await docker.createContainer(change(name, options))
  }
  return made
}

const unset = (name: string): never => {
  throw new Error(`${name} is not set`)
}

function containerOf(
  name: string,
  service: Service,
  { file, project }: ComposeParts,
): Docker.ContainerCreateOptions {
  const published = (service.ports ?? []).map((port) => port.split(':'))
  const networks = (service.networks ?? []).map((network) => `${project}_${network}`)
  return {
    name: service.container_name ?? `${project}-${name}-1`,
    ...(service.image !== undefined && { Image: service.image }),
    ...(service.stop_grace_period && {
      StopTimeout: Number.parseInt(service.stop_grace_period, 10),
    }),
    ExposedPorts: Object.fromEntries(published.map(([, , inside]) => [`${inside}/tcp`, {}])),
    NetworkingConfig: {
      EndpointsConfig: Object.fromEntries(
        networks.map((network) => [network, { Aliases: [name] }]),
      ),
    },
    HostConfig: {
      NetworkMode: networks[0] ?? 'none',
      Init: service.init ?? false,
      RestartPolicy: { Name: service.restart ?? 'no' },
      PortBindings: Object.fromEntries(
        published.map(([HostIp, HostPort, inside]) => [`${inside}/tcp`, [{ HostIp, HostPort }]]),
      ),
      GroupAdd: service.group_add ?? [],
      Binds: (service.volumes ?? []).map((volume) => bindOf(volume, file, project)),
      ReadonlyRootfs: service.read_only ?? false,
      CapDrop: service.cap_drop ?? [],
      SecurityOpt: service.security_opt ?? [],
      Ulimits: Object.entries(service.ulimits ?? {}).map(([Name, most]) => ({
        Name,
        Soft: most,
        Hard: most,
      })),
    },
  }
}

function bindOf(volume: string, file: string, project: string): string {
  const [source = '', ...rest] = volume.split(':')
  const from = /^[./]/.test(source) ? resolve(file, '..', source) : `${project}_${source}`
  return [from, ...rest].join(':')
}
