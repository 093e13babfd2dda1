/** All functions as a table: searched, filtered by condition, ordered by any column. */

import { useState } from 'preact/hooks'
import { CONDITIONS } from './condition.tsx'
import { FunctionRowView } from './function-row.tsx'
import { Icon } from './icon.tsx'
import { type Row, memoryOf } from './model.ts'

interface Column {
  readonly name: string
  readonly class: string
  /** Orders by this, greatest first; columns without it have no order. */
  readonly weight?: (row: Row) => number
}

const COLUMNS: readonly Column[] = [
  { name: 'Function', class: 'c-name' },
  { name: 'Condition', class: 'c-condition', weight: (row) => -CONDITIONS.indexOf(row.condition) },
  { name: 'Instances', class: 'c-instances', weight: (row) => row.instances.length },
  { name: 'In flight', class: 'c-flight num', weight: (row) => row.inFlight },
  { name: 'Waiting', class: 'c-waiting num', weight: (row) => row.waiters },
  { name: 'Req/s', class: 'c-rate num', weight: (row) => row.activity?.perSecond ?? 0 },
  { name: 'Last 5 min', class: 'c-spark' },
  { name: 'Warm p50 · p99', class: 'c-warm num', weight: (row) => row.activity?.warm.p99 ?? 0 },
  { name: 'Cold p50 · p99', class: 'c-cold num', weight: (row) => row.activity?.cold.p99 ?? 0 },
  { name: 'Last wake', class: 'c-wake', weight: (row) => row.lastWake?.at ?? 0 },
  { name: 'Memory', class: 'c-memory num', weight: (row) => memoryOf(row) ?? 0 },
  { name: 'Orders', class: 'c-orders' },
]

const matches = (row: Row, text: string): boolean =>
  row.id.includes(text) || row.hosts.some((host) => host.includes(text))

export function FunctionTable({
  rows,
  selected,
}: {
  rows: readonly Row[]
  selected: string | undefined
}) {
  const [text, setText] = useState('')
  const [only, setOnly] = useState<Row['condition'] | undefined>(undefined)
  const [order, setOrder] = useState<string>('Function')
  const found = rows.filter((row) => matches(row, text.trim().toLowerCase()))
  const shown = found.filter((row) => only === undefined || row.condition === only)
  const weight = COLUMNS.find(({ name }) => name === order)?.weight
  const ordered = weight ? shown.toSorted((a, b) => weight(b) - weight(a)) : shown
  return (
    <section aria-label="Functions">
      <div class="toolbar">
        <label class="search">
          <Icon name="search" />
          <span class="heard">Search functions and hosts</span>
          <input
            id="search"
            type="search"
            placeholder="Search functions and hosts"
            aria-keyshortcuts="/"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
          <kbd aria-hidden="true">/</kbd>
        </label>
        <Filters rows={found} only={only} choose={setOnly} />
      </div>
      <table class="functions">
        <caption class="heard">Functions of this gateway, kept up to date</caption>
        <thead>
          <tr>
            {COLUMNS.map((column) => (
              <Heading key={column.name} column={column} order={order} choose={setOrder} />
            ))}
          </tr>
        </thead>
        <tbody onKeyDown={arrows}>
          {ordered.map((row) => (
            <FunctionRowView key={row.id} row={row} isSelected={row.id === selected} />
          ))}
        </tbody>
      </table>
      {ordered.length === 0 && (
        <p class="empty">
          {rows.length === 0 ? 'No function is configured.' : 'No function matches.'}
        </p>
      )}
    </section>
  )
}

interface HeadingProps {
  readonly column: Column
  readonly order: string
  readonly choose: (name: string) => void
}

function Heading({ column: { name, class: className, weight }, order, choose }: HeadingProps) {
  const isSorted = name === order
  const canSort = weight !== undefined || name === 'Function'
  const direction = name === 'Function' ? 'ascending' : 'descending'
  return (
    <th scope="col" class={className} aria-sort={isSorted ? direction : undefined}>
      {canSort ? (
        <button type="button" class="heading" onClick={() => choose(isSorted ? 'Function' : name)}>
          {name}
        </button>
      ) : (
        name
      )}
    </th>
  )
}

interface FiltersProps {
  readonly rows: readonly Row[]
  readonly only: Row['condition'] | undefined
  readonly choose: (condition: Row['condition'] | undefined) => void
}

function Filters({ rows, only, choose }: FiltersProps) {
  return (
    <div class="filters" role="group" aria-label="Only in this condition">
      <button
        type="button"
        class="chip"
        aria-pressed={only === undefined}
        onClick={() => choose(undefined)}
      >
        all <span class="count">{rows.length}</span>
      </button>
      {CONDITIONS.map((condition) => {
        const count = rows.filter((row) => row.condition === condition).length
        return (
          <button
            key={condition}
            type="button"
            class="chip condition"
            data-condition={condition}
            aria-pressed={only === condition}
            disabled={count === 0 && only !== condition}
            onClick={() => choose(only === condition ? undefined : condition)}
          >
            <span class="dot" aria-hidden="true" />
            {condition} <span class="count">{count}</span>
          </button>
        )
      })}
    </div>
  )
}

/** Up and down go from name to name. */
function arrows(event: KeyboardEvent): void {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  const target = event.target as HTMLElement
  if (by === undefined || !target.matches('.name-link')) return
  const links = [...document.querySelectorAll<HTMLElement>('.functions .name-link')]
  const next = links[links.indexOf(target) + by]
  if (!next) return
  event.preventDefault()
  next.focus()
}
