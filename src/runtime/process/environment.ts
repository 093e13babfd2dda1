/** The whole environment of a process: a short list from the gateway's, what is configured, what is promised. */

import type { CommandSpec, FunctionSpec } from '../../domain/function.ts'
import type { Address } from './address.ts'
import type { User } from './user.ts'

/** What a process gets of the gateway's own environment; the rest may hold secrets. */
const PASSED_ON = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR']
const PATH_DEFAULT = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

export type BaseEnvironment = Readonly<Record<string, string | undefined>>

interface EnvironmentParts {
  readonly base: BaseEnvironment
  readonly fn: FunctionSpec
  readonly spec: CommandSpec
  readonly address: Address
  readonly user: User | undefined
}

/** Promised names (Knative's container contract, and SOCKET) win over configured ones, as the gateway relies on them. */
export function environment(parts: EnvironmentParts): Record<string, string> {
  const { base, fn, spec, address, user } = parts
  const env: Record<string, string> = { PATH: PATH_DEFAULT }
  for (const name of PASSED_ON) {
    const value = base[name]
    if (value !== undefined) env[name] = value
  }
  if (user?.home !== undefined) env['HOME'] = user.home
  const promised = { K_SERVICE: fn.id, K_REVISION: fn.revision, K_CONFIGURATION: fn.id }
  return { ...env, ...spec.env, ...promised, ...address.env }
}
