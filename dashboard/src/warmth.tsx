/** What an operator or a mistake has to say about a function beside its condition. */

import { In } from './ago.tsx'
import { Icon } from './icon.tsx'
import type { Row } from './model.ts'

export function Warmth({ row: { warmUntil, problem, pauseTier } }: { row: Row }) {
  return (
    <>
      {warmUntil !== undefined && (
        <span class="badge warm" title="Kept warm by order">
          <Icon name="warm" /> <In at={warmUntil} />
        </span>
      )}
      {problem !== undefined && (
        <span class="badge bad" title={problem}>
          old revision
        </span>
      )}
      {pauseTier === 'off' && (
        <span class="badge" title="Pausing failed too often: idle instances are stopped instead">
          no pause
        </span>
      )}
    </>
  )
}
