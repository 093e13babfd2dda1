/** The name of a spec by its content: the same spec, the same revision, in whatever order it was written. */

import { hash } from 'node:crypto'
import type { Spec } from '../domain/function.ts'
import { revisionId, type RevisionId } from '../domain/ids.ts'

/** 64 bits: two specs of one function do not meet by chance. */
const HEX_DIGITS = 16

/** 16 hex digits of the SHA-256 of the spec's canonical JSON. */
export function revisionOf(spec: Spec): RevisionId {
  return revisionId(hash('sha256', canonical(spec), 'hex').slice(0, HEX_DIGITS))
}

/** JSON with sorted keys; what is undefined does not count. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`)
  return `{${members.join(',')}}`
}
