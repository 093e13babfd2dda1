/** What the engine says of a container → whose instance it is, and the fact. Pure. */

import { createHash } from 'node:crypto'
import type Docker from 'dockerode'
import type { FunctionSpec, Listening } from '../../domain/function.ts'
import { instanceId, runId } from '../../domain/ids.ts'
import type { InstanceId, OwnerId, RevisionId, RunId } from '../../domain/ids.ts'
import type { Exit, Gone, InstanceRef, Phase, Present, Running } from '../runtime.ts'
import { readClaim } from './claim.ts'
import type { Labels, Reach } from './claim.ts'
import { addressOf, isUp } from './vantage.ts'
import type { Vantage } from './vantage.ts'

type Inspected = Docker.ContainerInspectInfo

/** A container as lists, events and inspects all describe it. */
export interface Sighting {
  readonly id: string
  /** Without the leading slash. */
  readonly name: string
  readonly labels: Labels
}

/** An instance of ours that a container stands for. */
export interface Identity {
  readonly ref: InstanceRef
  readonly revision: RevisionId
  readonly listening: Listening
  readonly reach: Reach
  /** `ours` was made by coldfront; `existing` is only started, paused and stopped. */
  readonly kind: 'ours' | 'existing'
}

export interface Whose {
  readonly owner: OwnerId
  readonly key: Uint8Array
  readonly functions: readonly FunctionSpec[]
  /** Ids that were given to existing containers, by name. */
  readonly given: ReadonlyMap<string, InstanceId>
}

/** Undefined: not ours. A signed one counts whether or not its function still exists; an existing one by its name. */
export function identify(seen: Sighting, whose: Whose): Identity | undefined {
  const claim = readClaim(seen.labels, whose.key)
  if (claim?.owner === whose.owner && claim.role === 'instance') {
    const { fn, instance, revision, listening, reach } = claim
    return { ref: { instance, fn, handle: seen.id }, revision, listening, reach, kind: 'ours' }
  }
  const fn = whose.functions.find(
    ({ spec }) => spec.k === 'container' && spec.container === seen.name,
  )
  if (fn?.spec.k !== 'container') return undefined
  const instance = whose.given.get(seen.name) ?? existingId(whose.owner, fn)
  const { listening, reach } = fn.spec
  return {
    ref: { instance, fn: fn.id, handle: seen.id },
    revision: fn.revision,
    listening,
    reach,
    kind: 'existing',
  }
}

/** The same over restarts of the gateway and when the container is made anew under its name. */
export function existingId(owner: OwnerId, fn: FunctionSpec): InstanceId {
  const name = fn.spec.k === 'container' ? fn.spec.container : ''
  const hash = createHash('sha256')
    .update(JSON.stringify([owner, fn.id, name]))
    .digest('hex')
  return instanceId(`${fn.id}-${hash.slice(0, 8)}`)
}

/** The id of the container whose network this one joins; undefined where it has one of its own. */
export const joinedBy = (networkMode: string | undefined): string | undefined =>
  /^container:(.+)$/.exec(networkMode ?? '')?.[1]

export const sightingOf = (info: Inspected): Sighting => ({
  id: info.Id,
  name: info.Name.replace(/^\//, ''),
  labels: info.Config.Labels ?? {},
})

const PHASES: Readonly<Record<string, Phase>> = {
  created: 'created',
  running: 'running',
  paused: 'paused',
  exited: 'exited',
  stopped: 'exited',
  // Between two tries of the engine's restart policy nothing runs.
  restarting: 'exited',
}

export interface FactParts {
  readonly info: Inspected
  /** The container that has its network: itself, or the one that it joins; undefined where that is gone. */
  readonly network: Inspected | undefined
  readonly identity: Identity
  readonly vantage: Vantage
  /** For one that has exited. */
  readonly log?: readonly string[]
}

/**
 * `removing` and `dead` are gone, and so is one of ours that does not run and whose sandbox is no more: nothing can be
 * done with them.
 */
export function factOf(parts: FactParts): Present | Gone {
  const { info, network, identity } = parts
  const { ref, revision, kind } = identity
  const phase = PHASES[info.State.Status]
  const isStranded = !network && kind === 'ours' && !isUp(info)
  if (!phase || isStranded) return { k: 'gone', ref }
  const run = phase === 'created' ? NO_RUN : runOf(info)
  const present: Present = { k: 'present', ref, revision, phase, run }
  if (phase === 'exited') return { ...present, exit: exitOf(info, parts.log ?? []) }
  if (phase === 'created') return present
  const running = reachable(parts)
  return running ? { ...present, running } : present
}

/** One that runs, or is paused, with its address. Throws `refused` where it has none. */
export function runningOf({ info, network, identity, vantage }: FactParts): Running {
  const { ref, listening, reach } = identity
  return { ref, run: runOf(info), ...addressOf({ info, network, listening, reach, vantage }) }
}

function reachable(parts: FactParts): Running | undefined {
  try {
    return runningOf(parts)
  } catch {
    // It is there all the same; a start of it says why it cannot be reached.
    return undefined
  }
}

/** Of one that was never started. */
export const NO_RUN = '' as RunId

const runOf = (info: Inspected): RunId => runId(sortable(info.State.StartedAt), info.Id)

/** The engine leaves out trailing zeros of the fraction; with nine digits, in UTC, times sort as text. */
export function sortable(time: string): string {
  const [, seconds = time, fraction = ''] = /^([^.Z+]+)(?:\.(\d+))?/.exec(time) ?? []
  return `${seconds}.${fraction.padEnd(9, '0').slice(0, 9)}Z`
}

/** The engine tells a signal only as a code above 128, which an app may also choose; so it stays a code. */
export const exitOf = (info: Inspected, log: readonly string[]): Exit => ({
  code: info.State.ExitCode,
  signal: undefined,
  oomKilled: info.State.OOMKilled,
  log,
})
