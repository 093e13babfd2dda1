/** How a function is, in a word and a colour; and its instances, one mark each. */

import { In } from './ago.tsx'
import type { Row } from './model.ts'

export const CONDITIONS = ['ready', 'waking', 'paused', 'cold', 'backoff'] as const

export function Condition({ row }: { row: Row }) {
  return (
    <span class="condition" data-condition={row.condition}>
      <span class="dot" aria-hidden="true" />
      {row.condition}
      {row.retryAt !== undefined && (
        <span class="soft">
          {' '}
          <In at={row.retryAt} />
        </span>
      )}
    </span>
  )
}

/** More would push the columns apart. */
const MARKS_MAX = 6

export function Instances({ row }: { row: Row }) {
  const { instances } = row
  if (instances.length === 0) return <span class="faint">–</span>
  return (
    <span class="instances" title={tiers(row)}>
      {instances.slice(0, MARKS_MAX).map(({ id, state }) => (
        <span key={id} class="mark" data-state={state} />
      ))}
      <span class="counts" aria-hidden="true">
        {instances.length}
      </span>
      <span class="heard">{tiers(row)}</span>
    </span>
  )
}

/** `2 ready, 1 paused`. */
export function tiers({ instances }: Pick<Row, 'instances'>): string {
  const counts = new Map<string, number>()
  for (const { state } of instances) counts.set(state, (counts.get(state) ?? 0) + 1)
  return [...counts].map(([state, count]) => `${count} ${state}`).join(', ')
}
