/** The buttons of one function. */

import type { Row } from './model.ts'
import { Icon, type IconName } from './icon.tsx'
import { give } from './orders.ts'

interface Action {
  readonly verb: 'wake' | 'pause' | 'stop'
  readonly icon: IconName
  readonly word: string
  /** Whether it would do anything. */
  readonly makesSense: (row: Row) => boolean
}

const has = (row: Row, ...states: string[]): boolean =>
  row.instances.some(({ state }) => states.includes(state))

const ACTIONS: readonly Action[] = [
  { verb: 'wake', icon: 'wake', word: 'Wake', makesSense: (row) => !has(row, 'ready') },
  {
    verb: 'pause',
    icon: 'pause',
    word: 'Pause',
    makesSense: (row) => has(row, 'ready') && row.pauseTier === 'on',
  },
  {
    verb: 'stop',
    icon: 'stop',
    word: 'Stop',
    makesSense: (row) => row.instances.some(({ state }) => state !== 'dormant'),
  },
]

export const isManaged = (row: Row): boolean => row.runtime !== 'static'

/** In a row of the table: pictures, with words for those who hear them. */
export function RowActions({ row }: { row: Row }) {
  if (!isManaged(row)) return <span class="faint">always on</span>
  return (
    <div class="row-actions" role="group" aria-label={`Orders for ${row.id}`}>
      {ACTIONS.map(({ verb, icon, word, makesSense }) => (
        <button
          key={verb}
          type="button"
          class="icon-button"
          title={word}
          aria-label={`${word} ${row.id}`}
          disabled={!makesSense(row)}
          onClick={() => void give({ fn: row.id, verb })}
        >
          <Icon name={icon} />
        </button>
      ))}
    </div>
  )
}

const TIMES = ['15m', '1h', '8h', '24h'] as const

/** In the panel of a function: words, and keeping it warm. */
export function PanelActions({ row }: { row: Row }) {
  if (!isManaged(row))
    return <p class="soft">This server runs anyway: it is never woken nor stopped.</p>
  return (
    <div class="panel-actions">
      {ACTIONS.map(({ verb, icon, word, makesSense }) => (
        <button
          key={verb}
          type="button"
          class="button"
          disabled={!makesSense(row)}
          onClick={() => void give({ fn: row.id, verb })}
        >
          <Icon name={icon} /> {word}
        </button>
      ))}
      {row.warmUntil === undefined ? (
        <form class="warm-form" onSubmit={(event) => keepWarm(event, row.id)}>
          <button type="submit" class="button">
            <Icon name="warm" /> Keep warm
          </button>
          <select name="for" class="select" aria-label="Keep warm for">
            {TIMES.map((time) => (
              <option key={time} value={time} selected={time === '1h'}>
                for {time}
              </option>
            ))}
          </select>
        </form>
      ) : (
        <button
          type="button"
          class="button"
          onClick={() => void give({ fn: row.id, verb: 'warm', forText: '0s' })}
        >
          <Icon name="warm" /> Let it sleep again
        </button>
      )}
    </div>
  )
}

function keepWarm(event: Event, fn: string): void {
  event.preventDefault()
  const form = event.currentTarget as HTMLFormElement
  const chosen = form.elements.namedItem('for') as HTMLSelectElement
  void give({ fn, verb: 'warm', forText: chosen.value })
}
