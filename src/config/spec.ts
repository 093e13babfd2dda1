/** The part of a function that its revision is made from: what its runtime needs to run one instance. */

import { resolve } from 'node:path'
import type { Listening, Spec } from '../domain/function.ts'
import { parseUpstream } from './address.ts'
import type { FunctionOptions, Kind } from './function-options.ts'
import { parseVolume } from './volume.ts'

const PORT_DEFAULT = 8080

/** The spec of validated options; relative paths count from `directory`, which is absolute. */
export function buildSpec(kind: Kind, options: FunctionOptions, directory: string): Spec {
  return BUILDERS[kind](options, directory)
}

type Builder = (options: FunctionOptions, directory: string) => Spec

const image: Builder = (options, directory) => {
  const { image = '', command, entrypoint, pull, env, workdir, user, memory, cpus, pids } = options
  const { readOnly, tmpfs, networks, labels, extraHosts, reach, hardened, dangerous } = options
  const volumes = options.volumes.map((volume) => parseVolume(volume, directory)?.text ?? volume)
  const process = { image, command, entrypoint, pull, env, workdir, user }
  const bounds = { memory, cpus, pids, readOnly, tmpfs, volumes, hardened, dangerous }
  const net = { listening: listening(options) ?? fixedPort, networks, labels, extraHosts, reach }
  const sandbox = options.sandbox && noSandbox(options) === undefined ? true : undefined
  return { k: 'image', ...process, ...bounds, ...net, sandbox }
}

const UNKEPT: readonly string[] = ['host', 'none']

/** Why there is no network to keep; undefined where there is one. */
export function noSandbox({
  socket,
  networks,
}: Pick<FunctionOptions, 'socket' | 'networks'>): string | undefined {
  if (socket !== undefined) return 'it listens on a unix socket, which needs no network'
  const network = networks.find((name) => UNKEPT.includes(name))
  return network && `the network "${network}" is none of its own`
}

const container: Builder = ({ container = '', reach, ...options }) => ({
  k: 'container',
  container,
  listening: listening(options) ?? fixedPort,
  reach,
})

const command: Builder = (options, directory) => ({
  k: 'command',
  command: options.command as [string, ...string[]],
  workdir: resolve(directory, options.workdir ?? '.'),
  env: options.env,
  listening: listening(options),
  user: options.user,
})

const upstream: Builder = ({ upstream = '' }) => {
  const endpoint = parseUpstream(upstream)
  if (!endpoint) throw new Error('the schema let an upstream pass that is no address')
  return { k: 'upstream', endpoint }
}

const BUILDERS: Readonly<Record<Kind, Builder>> = { image, container, command, upstream }

const fixedPort: Listening = { k: 'port', port: PORT_DEFAULT }

function listening({
  port,
  socket,
}: Pick<FunctionOptions, 'port' | 'socket'>): Listening | undefined {
  if (socket !== undefined) return { k: 'socket', path: socket }
  return port === undefined ? undefined : { k: 'port', port }
}
