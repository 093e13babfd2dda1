/** One function from close by: what it is, what it does now, how its instances lived, what it prints. */

import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { PanelActions } from './actions.tsx'
import { Ago } from './ago.tsx'
import { Chart } from './chart.tsx'
import { Condition } from './condition.tsx'
import { EventList } from './event-list.tsx'
import { bytes, duration, rate } from './format.ts'
import { causeOf } from './function-row.tsx'
import { Icon } from './icon.tsx'
import { LogTail } from './log-tail.tsx'
import { type Row, memoryOf, world } from './model.ts'
import { linkTo, place } from './place.ts'
import { RequestTail } from './request-tail.tsx'
import { Timeline } from './timeline.tsx'
import { Wakes } from './wakes.tsx'
import { Warmth } from './warmth.tsx'

export function FunctionPanel({ row }: { row: Row }) {
  return (
    <aside class="panel" aria-label={`Function ${row.id}`}>
      <header class="panel-head">
        <h2>{row.id}</h2>
        <Condition row={row} />
        <Warmth row={row} />
        <div class="spring" />
        <a
          class="icon-button"
          href={linkTo(place.value.view)}
          aria-label="Close"
          title="Close (Esc)"
        >
          <Icon name="close" />
        </a>
      </header>
      <p class="soft hosts">
        {row.hosts.join(', ') || 'every other host'} · {row.runtime} · revision{' '}
        <code>{row.revision}</code>
      </p>
      <PanelActions row={row} />
      <Figures row={row} />
      {row.activity && <Chart activity={row.activity} slotMs={world.value?.about.slotMs ?? 0} />}
      <Timeline row={row} />
      <Wakes row={row} />
      <LastError row={row} />
      <Tails fn={row.id} />
    </aside>
  )
}

function Figures({ row }: { row: Row }) {
  const { activity, lastWake } = row
  return (
    <>
      <dl class="figures">
        <Fact name="Requests/s">{rate(activity?.perSecond ?? 0)}</Fact>
        <Fact name="In flight">{row.inFlight.toLocaleString('en')}</Fact>
        <Fact name="Waiting">{row.waiters.toLocaleString('en')}</Fact>
        <Fact name="Memory">{bytes(memoryOf(row))}</Fact>
        {lastWake && (
          <Fact name="Last wake" isWide={true}>
            {lastWake.kind} in {duration(lastWake.totalMs)}, <Ago at={lastWake.at} />
            <span class="soft"> · {causeOf(lastWake)}</span>
          </Fact>
        )}
      </dl>
      {activity && <Latencies activity={activity} />}
    </>
  )
}

const KINDS = [
  ['warm', 'in the last 5 min'],
  ['resumed', 'of late'],
  ['cold', 'of late'],
] as const

/** Warm against cold, from arrival to the last byte. */
function Latencies({ activity }: { activity: NonNullable<Row['activity']> }) {
  return (
    <table class="latencies">
      <thead>
        <tr>
          <th scope="col">Total time</th>
          <th scope="col" class="num">
            p50
          </th>
          <th scope="col" class="num">
            p99
          </th>
          <th scope="col" class="num">
            Requests
          </th>
        </tr>
      </thead>
      <tbody>
        {KINDS.map(([kind, when]) => (
          <tr key={kind}>
            <th scope="row">
              <span class="kind" data-kind={kind}>
                {kind}
              </span>
            </th>
            <td class="num">{duration(activity[kind].p50)}</td>
            <td class="num">{duration(activity[kind].p99)}</td>
            <td class="num soft" title={when}>
              {activity[kind].count.toLocaleString('en')}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

interface FactProps {
  readonly name: string
  readonly isWide?: boolean
  readonly children: ComponentChildren
}

function Fact({ name, isWide = false, children }: FactProps) {
  return (
    <div data-wide={isWide}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function LastError({ row: { lastError } }: { row: Row }) {
  if (!lastError) return null
  return (
    <section class="last-error" aria-label="Last failure">
      <h3>
        Last failure{' '}
        <span class="soft">
          <Ago at={lastError.at} />
        </span>
      </h3>
      <p>
        <code>{lastError.reason}</code> {lastError.message}
      </p>
      {lastError.log.length > 0 && <pre>{lastError.log.join('\n')}</pre>}
    </section>
  )
}

const TAILS = ['requests', 'logs', 'events'] as const

function Tails({ fn }: { fn: string }) {
  const [shown, show] = useState<(typeof TAILS)[number]>('requests')
  return (
    <section class="tails" aria-label="Live">
      <div
        class="tabs"
        role="tablist"
        aria-label="What is shown live"
        onKeyDown={(e) => turn(e, shown, show)}
      >
        {TAILS.map((name) => (
          <button
            key={name}
            id={`tab-${name}`}
            type="button"
            role="tab"
            aria-selected={name === shown}
            aria-controls="tail"
            tabIndex={name === shown ? 0 : -1}
            onClick={() => show(name)}
          >
            {name}
          </button>
        ))}
      </div>
      <div id="tail" role="tabpanel" aria-labelledby={`tab-${shown}`}>
        {shown === 'requests' && <RequestTail fn={fn} />}
        {shown === 'logs' && <LogTail fn={fn} />}
        {shown === 'events' && <EventList fn={fn} />}
      </div>
    </section>
  )
}

type Tail = (typeof TAILS)[number]

/** Left and right go from tab to tab, as in any tab list. */
function turn(event: KeyboardEvent, shown: Tail, show: (name: Tail) => void): void {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
  if (by === undefined) return
  const next = TAILS[(TAILS.indexOf(shown) + by + TAILS.length) % TAILS.length] ?? shown
  show(next)
  document.getElementById(`tab-${next}`)?.focus()
}
