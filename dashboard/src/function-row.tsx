/** One function in the table. Drawn again only when what is known of it has changed. */

import { Component } from 'preact'
import { RowActions } from './actions.tsx'
import { Ago } from './ago.tsx'
import { Condition, Instances } from './condition.tsx'
import { bytes, duration, rate } from './format.ts'
import { type Row, memoryOf } from './model.ts'
import { go, linkTo } from './place.ts'
import { Sparkline } from './sparkline.tsx'
import { Warmth } from './warmth.tsx'

interface RowProps {
  readonly row: Row
  readonly isSelected: boolean
}

export class FunctionRowView extends Component<RowProps> {
  override shouldComponentUpdate({ row, isSelected }: RowProps): boolean {
    return row !== this.props.row || isSelected !== this.props.isSelected
  }

  render({ row, isSelected }: RowProps) {
    const { id, hosts, inFlight, waiters, activity } = row
    return (
      <tr
        data-condition={row.condition}
        data-selected={isSelected}
        onClick={(event) => open(event, id)}
      >
        <th scope="row" class="c-name">
          <a
            id={`fn-${id}`}
            class="name-link"
            href={linkTo('functions', id)}
            aria-current={isSelected}
          >
            {id}
          </a>
          <span class="hosts">{hosts.join(', ') || 'every other host'}</span>
        </th>
        <td class="c-condition">
          <Condition row={row} />
          <Warmth row={row} />
        </td>
        <td class="c-instances">
          <Instances row={row} />
        </td>
        <Count class="c-flight num" value={inFlight} />
        <Count class="c-waiting num hot" value={waiters} />
        <td class="c-rate num">
          {activity ? rate(activity.perSecond) : <span class="faint">–</span>}
        </td>
        <td class="c-spark">
          <Sparkline
            slots={activity?.slots ?? []}
            woken={activity?.woken ?? []}
            label={`${sumOf(activity?.slots)} requests, ${sumOf(activity?.woken)} of them woke it`}
          />
        </td>
        <Pair class="c-warm num" of={activity?.warm} />
        <Pair class="c-cold num" of={activity?.cold} />
        <td class="c-wake">
          <LastWake row={row} />
        </td>
        <td class="c-memory num">
          {memoryOf(row) === undefined ? <span class="faint">–</span> : bytes(memoryOf(row))}
        </td>
        <td class="c-orders">
          <RowActions row={row} />
        </td>
      </tr>
    )
  }
}

const sumOf = (counts: readonly number[] = []): number => counts.reduce((a, b) => a + b, 0)

function Count({ class: className, value }: { class: string; value: number }) {
  return (
    <td class={className}>
      {value === 0 ? <span class="faint">0</span> : value.toLocaleString('en')}
    </td>
  )
}

type Quantiles = NonNullable<Row['activity']>['warm']

function Pair({ class: className, of }: { class: string; of: Quantiles | undefined }) {
  return (
    <td class={className}>
      {of?.p50 === undefined ? (
        <span class="faint">–</span>
      ) : (
        <>
          {duration(of.p50)} <span class="soft">{duration(of.p99)}</span>
        </>
      )}
    </td>
  )
}

/** How long it took, how long ago it was, and who wanted it. */
export function LastWake({ row: { lastWake, lastError } }: { row: Row }) {
  if (lastError && (!lastWake || lastError.at > lastWake.at)) {
    return (
      <>
        <span class="wake-line">
          <span class="bad">failed</span>
          <span class="soft">
            {' '}
            · <Ago at={lastError.at} />
          </span>
        </span>
        <span class="cause">{lastError.message}</span>
      </>
    )
  }
  if (!lastWake) return <span class="faint">never</span>
  return (
    <>
      <span class="wake-line">
        <span class="kind" data-kind={lastWake.kind}>
          {lastWake.kind}
        </span>{' '}
        {duration(lastWake.totalMs)}
        <span class="soft">
          {' '}
          · <Ago at={lastWake.at} />
        </span>
      </span>
      <span class="cause">{causeOf(lastWake)}</span>
    </>
  )
}

export function causeOf({ cause }: NonNullable<Row['lastWake']>): string {
  if (!cause) return 'one more instance'
  if (cause.why === 'operator') return 'by order'
  if (cause.why === 'spare') return 'to have one spare'
  if (cause.why === 'minimum') return 'to keep the minimum'
  return cause.by ? `${cause.by.host}${cause.by.path} from ${cause.by.client}` : 'by a request'
}

/** A click beside links and buttons opens the function, too; marking text does not. */
function open(event: MouseEvent, id: string): void {
  const isOther = (event.target as HTMLElement).closest('a, button') !== null
  if (!isOther && getSelection()?.isCollapsed !== false) go('functions', id)
}
