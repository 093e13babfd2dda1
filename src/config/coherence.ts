/** Options of one function that are right alone and wrong together. No message holds a value: any of them may come from an expansion. */

import { dirname, isAbsolute } from 'node:path'
import type { RuntimeName } from '../domain/function.ts'
import type { Locate } from './check.ts'
import type { FunctionOptions, Kind } from './function-options.ts'
import { isAlone, isOptions, type Options } from './function-text.ts'
import type { Mistake } from './mistake.ts'
import { noSandbox } from './spec.ts'
import { isDangerous, parseVolume } from './volume.ts'

export interface FunctionParts {
  readonly kind: Kind
  readonly runtime: RuntimeName
  /** As the function itself says it, without `defaults`. */
  readonly raw: Options
  readonly options: FunctionOptions
  /** Absolute path of the file that the function stands in. */
  readonly file: string
  readonly gateway: {
    readonly runtime: 'auto' | 'docker' | 'process'
    readonly engineHost: string | undefined
    readonly stateDir: string
  }
  readonly locate: Locate
}

/** All of them. */
export const incoherent = (parts: FunctionParts): readonly Mistake[] =>
  [
    tierOrder,
    reserved,
    shellNames,
    listening,
    runtime,
    alone,
    healthcheck,
    prepared,
    sandbox,
    hostNetwork,
    volumes,
  ].flatMap((rule) => rule(parts))

type Rule = (parts: FunctionParts) => readonly Mistake[]

const TIERS = ['pauseAfter', 'stopAfter', 'removeAfter'] as const

const tierOrder: Rule = ({ options: { idle, instances }, locate }) => {
  const finite = TIERS.filter((tier) => idle[tier] !== Infinity)
  const tiers = finite.flatMap((later, i) => {
    const earlier = finite[i - 1]
    if (earlier === undefined || idle[earlier] <= idle[later]) return []
    const rule =
      'expected pauseAfter ≤ stopAfter ≤ removeAfter, set or inherited; "never" leaves one out'
    return locate(['idle', later], `idle.${later} comes before idle.${earlier}: ${rule}`)
  })
  if (instances.min + instances.spare > instances.max && instances.min <= instances.max) {
    const rule = 'expected instances.min and instances.spare together to be at most instances.max'
    return [...tiers, ...locate(['instances', 'spare'], rule)]
  }
  if (instances.min <= instances.max) return tiers
  return [...tiers, ...locate(['instances', 'min'], 'instances.min is greater than instances.max')]
}

/** The variables that tell a function who it is and where to listen have one writer. */
const reserved: Rule = ({ options: { env, socket }, locate }) => {
  const names = ['PORT', 'K_SERVICE', 'K_REVISION', 'K_CONFIGURATION']
  if (socket !== undefined) names.push('SOCKET')
  return names
    .filter((name) => Object.hasOwn(env, name))
    .flatMap((name) => {
      const instead = name === 'PORT' ? '; write "port:" instead' : ''
      return locate(['env', name], `${name} is set by the gateway${instead}`, 'key')
    })
}

/** What a shell passes on, and a shell is what starts them. */
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/

/** Another name could be handed over in an argument alone, where everybody on the machine can read its value. */
const shellNames: Rule = ({ kind, options: { env }, locate }) => {
  if (kind !== 'command') return []
  const message =
    'expected letters, digits and "_", not beginning with a digit: this is a child process'
  return Object.keys(env)
    .filter((name) => !VARIABLE.test(name))
    .flatMap((name) => locate(['env', name], message, 'key'))
}

const listening: Rule = ({ kind, options: { port, socket }, locate }) => {
  if (socket === undefined) return []
  if (port !== undefined) {
    return locate(['socket'], 'a function listens on either port or socket, not both', 'key')
  }
  if (kind === 'command' || isAbsolute(socket)) return []
  return locate(['socket'], 'expected an absolute path: it is one inside the container')
}

const runtime: Rule = ({ kind, runtime, raw, options, gateway, locate }) => {
  const asked = options.runtime ?? gateway.runtime
  if (kind === 'upstream' || asked === 'auto' || asked === runtime) return []
  const runs = asked === 'docker' ? 'image or container' : 'command alone'
  const at = Object.hasOwn(raw, 'runtime') ? 'runtime' : kind
  return locate([at], `"runtime: ${asked}" is for functions with ${runs}, not ${kind}`, 'key')
}

const alone: Rule = ({ kind, raw, options, locate }) => {
  if (!isAlone(raw, kind)) return []
  const mistakes: Mistake[] = []
  if (options.instances.max > 1) {
    const why =
      kind === 'container' ? 'there is one such container' : 'two cannot listen at one place'
    mistakes.push(...locate(['instances', 'max'], `expected 1: ${why}`))
  }
  if (options.rollout === 'overlap') {
    mistakes.push(
      ...locate(['rollout'], 'expected replace: two runs of this function cannot overlap'),
    )
  }
  return mistakes
}

const healthcheck: Rule = ({ kind, raw, options, locate }) =>
  kind === 'command' && isOptions(raw['readiness']) && options.readiness.healthcheck
    ? locate(['readiness', 'healthcheck'], 'expected false: a child process has no HEALTHCHECK')
    : []

const prepared: Rule = ({ kind, raw, options, locate }) =>
  kind !== 'image' && isOptions(raw['instances']) && options.instances.prepared > 0
    ? locate(['instances', 'prepared'], 'expected 0: only a container can be created ahead')
    : []

/** In `defaults` it is for those that have a network of their own. */
const sandbox: Rule = ({ kind, raw, options, locate }) => {
  const why = kind === 'image' && raw['sandbox'] === true ? noSandbox(options) : undefined
  return why === undefined ? [] : locate(['sandbox'], `expected false: ${why}`)
}

/** It would be inside all that trusts loopback: the admin listener's status, an engine on TCP, databases without a password. */
const hostNetwork: Rule = ({ options: { networks, dangerous }, locate }) => {
  const at = networks.indexOf('host')
  if (dangerous || at < 0) return []
  const message =
    'this lets the function reach all that listens on loopback; if that is meant, write "dangerous: true"'
  return locate(['networks', at], message)
}

const volumes: Rule = ({ options, file, gateway, locate }) => {
  if (options.dangerous) return []
  return options.volumes.flatMap((text, i) => {
    const volume = parseVolume(text, dirname(file))
    if (!volume || !isDangerous(volume, gateway)) return []
    const message = 'this hands the host to the function; if that is meant, write "dangerous: true"'
    return locate(['volumes', i], message)
  })
}
