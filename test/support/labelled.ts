/** Labels that say that a container is one of ours, genuine ones and such that are not. */

import { randomBytes } from 'node:crypto'
import type { FunctionSpec } from '../../src/domain/function.ts'
import { type OwnerId, ownerId } from '../../src/domain/ids.ts'
import { type Claim, type Labels, type Role, claimLabels } from '../../src/runtime/docker/claim.ts'
import { newId } from './docker-trial.ts'

export interface Genuine {
  readonly role: Role
  readonly owner: OwnerId
  readonly key: Uint8Array
  readonly fn: FunctionSpec
}

/** `forged`: unsigned, with something `altered`, signed with another key, of another owner. */
export function labelled(
  { role, owner, key, fn }: Genuine,
  altered: Labels,
): { readonly genuine: Labels; readonly forged: readonly Labels[] } {
  const claim: Claim = {
    role,
    owner,
    fn: fn.id,
    instance: newId(),
    revision: fn.revision,
    listening: { k: 'port', port: 8080 },
    reach: 'auto',
  }
  const genuine = claimLabels(claim, key)
  const { 'coldfront.signature': _, ...unsigned } = genuine
  const forged = [
    unsigned,
    { ...genuine, ...altered },
    claimLabels(claim, randomBytes(32)),
    claimLabels({ ...claim, owner: ownerId('somebody') }, key),
  ]
  return { genuine, forged }
}
