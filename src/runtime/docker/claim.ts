/**
 * The labels by which coldfront knows its own containers, and their signature: what is unsigned, altered or
 * another gateway's is nobody's here. The key never leaves the state directory.
 */

import { createHmac, timingSafeEqual } from 'node:crypto'
import { functionId, instanceId, ownerId, revisionId } from '../../domain/ids.ts'
import type { FunctionId, InstanceId, OwnerId, RevisionId } from '../../domain/ids.ts'
import type { Listening } from '../../domain/function.ts'

/**
 * Raised when a label is added or its meaning changes. Whoever raises it keeps reading the versions before, whose
 * containers are still there after an upgrade; one to come is not ours to touch.
 */
const VERSION = '1'

const PREFIX = 'coldfront.'
const LABEL = {
  version: `${PREFIX}version`,
  owner: `${PREFIX}owner`,
  function: `${PREFIX}function`,
  instance: `${PREFIX}instance`,
  revision: `${PREFIX}revision`,
  listening: `${PREFIX}listening`,
  reach: `${PREFIX}reach`,
  signature: `${PREFIX}signature`,
} as const

/** The image's id when the container was made. Not part of the claim: altered it only leads to a replacement. */
const IMAGE = `${PREFIX}image`

export type Reach = 'auto' | 'ip' | 'network' | 'published'

/** What a container says of itself: enough to take it over, also when its function has changed since. */
export interface Claim {
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
    [LABEL.version]: VERSION,
    [LABEL.owner]: claim.owner,
    [LABEL.function]: claim.fn,
    [LABEL.instance]: claim.instance,
    [LABEL.revision]: claim.revision,
    [LABEL.listening]:
      claim.listening.k === 'port' ? `${claim.listening.port}` : claim.listening.path,
    [LABEL.reach]: claim.reach,
  }
  return { ...labels, [LABEL.signature]: sign(labels, key) }
}

/** Remembers which image a new container is made from; nothing where its id is not known. */
export const imageLabel = (id: string | undefined): Labels =>
  id === undefined ? {} : { [IMAGE]: id }

/** What `imageLabel` has written. */
export const imageOf = (labels: Labels): string | undefined => labels[IMAGE]

/** The claim that was signed with `key`; undefined for everything else, whatever is wrong with it. */
export function readClaim(labels: Labels, key: Uint8Array): Claim | undefined {
  if (labels[LABEL.version] !== VERSION || !labels[LABEL.signature]) return undefined
  const given = Buffer.from(labels[LABEL.signature] ?? '', 'utf8')
  const right = Buffer.from(sign(labels, key), 'utf8')
  if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined
  const listening = labels[LABEL.listening] ?? ''
  return {
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

/** HMAC-SHA256 over all labels but the signature, as a JSON array so that no value can run into the next. */
function sign(labels: Labels, key: Uint8Array): string {
  const { signature: _, ...signed } = LABEL
  const values = Object.values(signed).map((name) => labels[name] ?? null)
  return createHmac('sha256', key).update(JSON.stringify(values)).digest('hex')
}
