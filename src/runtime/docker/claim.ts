/**
 * The labels by which coldfront knows its own containers, and their signature: what is unsigned, altered or
 * another gateway's is nobody's here. The key never leaves the state directory.
 */

import { createHmac, timingSafeEqual } from 'node:crypto'
import { functionId, instanceId, ownerId, revisionId } from '../../domain/ids.ts'
import type { FunctionId, InstanceId, OwnerId, RevisionId } from '../../domain/ids.ts'
import type { Listening } from '../../domain/function.ts'

const PREFIX = 'coldfront.'
const LABEL = {
  version: `${PREFIX}version`,
  owner: `${PREFIX}owner`,
  function: `${PREFIX}function`,
  instance: `${PREFIX}instance`,
  revision: `${PREFIX}revision`,
  listening: `${PREFIX}listening`,
  reach: `${PREFIX}reach`,
  role: `${PREFIX}role`,
  signature: `${PREFIX}signature`,
} as const

const FIRST = [
  LABEL.version,
  LABEL.owner,
  LABEL.function,
  LABEL.instance,
  LABEL.revision,
  LABEL.listening,
  LABEL.reach,
] as const

/**
 * What is signed, by version. One is added when a label is added or its meaning changes; those before are read on,
 * since their containers are still there after an upgrade. A version to come is not ours to touch.
 */
const SIGNED: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ['1', FIRST],
  ['2', [...FIRST, LABEL.role]],
])

/** Instances need nothing of version 2, so that an earlier coldfront still knows them. */
const VERSION = { instance: '1', sandbox: '2' } as const

/** The image's id when the container was made. Not part of the claim: altered it only leads to a replacement. */
const IMAGE = `${PREFIX}image`

export type Reach = 'auto' | 'ip' | 'network' | 'published'

/** What a container is to its instance: the instance itself, or what holds its network while it does not run. */
export type Role = 'instance' | 'sandbox'

/** What a container says of itself: enough to take it over, also when its function has changed since. */
export interface Claim {
  readonly role: Role
  readonly owner: OwnerId
  readonly fn: FunctionId
  readonly instance: InstanceId
  readonly revision: RevisionId
  readonly listening: Listening
  readonly reach: Reach
}

export type Labels = Readonly<Record<string, string>>

/** For the engine's filter: containers of this owner. */
export const ownerFilter = (owner: OwnerId): string => `${LABEL.owner}=${owner}`

/** Names under this prefix are coldfront's own. */
export const isReserved = (label: string): boolean => label.startsWith(PREFIX)

/** The labels of a new container, signed. */
export function claimLabels(claim: Claim, key: Uint8Array): Labels {
  const labels = {
    [LABEL.version]: VERSION[claim.role],
    [LABEL.owner]: claim.owner,
    [LABEL.function]: claim.fn,
    [LABEL.instance]: claim.instance,
    [LABEL.revision]: claim.revision,
    [LABEL.listening]:
      claim.listening.k === 'port' ? `${claim.listening.port}` : claim.listening.path,
    [LABEL.reach]: claim.reach,
    ...(claim.role === 'sandbox' && { [LABEL.role]: claim.role }),
  }
  return { ...labels, [LABEL.signature]: sign(labels, key) ?? '' }
}

/** Remembers which image a new container is made from; nothing where its id is not known. */
export const imageLabel = (id: string | undefined): Labels =>
  id === undefined ? {} : { [IMAGE]: id }

/** What `imageLabel` has written. */
export const imageOf = (labels: Labels): string | undefined => labels[IMAGE]

/** The claim that was signed with `key`; undefined for everything else, whatever is wrong with it. */
export function readClaim(labels: Labels, key: Uint8Array): Claim | undefined {
  const signature = sign(labels, key)
  if (!signature || !labels[LABEL.signature]) return undefined
  const given = Buffer.from(labels[LABEL.signature] ?? '', 'utf8')
  const right = Buffer.from(signature, 'utf8')
  if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined
  const listening = labels[LABEL.listening] ?? ''
  return {
    role: labels[LABEL.version] === VERSION.instance ? 'instance' : (labels[LABEL.role] as Role),
    owner: ownerId(labels[LABEL.owner] ?? ''),
    fn: functionId(labels[LABEL.function] ?? ''),
    instance: instanceId(labels[LABEL.instance] ?? ''),
    revision: revisionId(labels[LABEL.revision] ?? ''),
    listening: listening.startsWith('/')
      ? { k: 'socket', path: listening }
      : { k: 'port', port: Number(listening) },
    reach: labels[LABEL.reach] as Reach,
  }
}

/** HMAC-SHA256 over the version's labels, as a JSON array so that no value can run into the next; undefined for an unknown version. */
function sign(labels: Labels, key: Uint8Array): string | undefined {
  const signed = SIGNED.get(labels[LABEL.version] ?? '')
  if (!signed) return undefined
  const values = signed.map((name) => labels[name] ?? null)
  return createHmac('sha256', key).update(JSON.stringify(values)).digest('hex')
}
