/** How the instances of one function lived lately: one lane each, one bar for each state. */

import { useState } from 'preact/hooks'
import { shortInstance, span } from './format.ts'
import { type Row, type Told, events, now } from './model.ts'
import { useValue } from './observable.ts'

interface Bar {
  readonly state: string
  readonly from: number
  readonly to: number
}

interface Lane {
  readonly instance: string
  readonly bars: readonly Bar[]
}

const MINUTES = [2, 10, 60] as const
/** The newest; more would be a wall. */
const LANES_MAX = 8

/** These say that nothing runs: no bar is drawn. */
const NOTHING: ReadonlySet<string> = new Set(['new', 'stopped'])

/** In the order of a life; the short ones between two tiers have the colour of the tier. */
const STATES = [
  'starting',
  'probing',
  'ready',
  'paused',
  'resuming',
  'draining',
  'stopping',
  'dormant',
]

export function Timeline({ row }: { row: Row }) {
  const [minutes, setMinutes] = useState<number>(MINUTES[1])
  const told = useValue(events)
  const until = useValue(now)
  const from = until - minutes * 60_000
  const lanes = lanesOf(row, told, until).filter(({ bars }) => bars.some((bar) => bar.to > from))
  const seen = new Set(
    lanes.flatMap(({ bars }) => bars.filter((bar) => bar.to > from).map(({ state }) => state)),
  )
  return (
    <section class="timeline" aria-label="Instances over time">
      <div class="section-head">
        <h3>Instances</h3>
        <div class="switch words" role="group" aria-label="How far back">
          {MINUTES.map((n) => (
            <button
              key={n}
              type="button"
              aria-pressed={n === minutes}
              onClick={() => setMinutes(n)}
            >
              {n < 60 ? `${n}m` : '1h'}
            </button>
          ))}
        </div>
      </div>
      {lanes.length === 0 && <p class="empty small">None ran in this time.</p>}
      <ol class="lanes">
        {lanes.slice(-LANES_MAX).map((lane) => (
          <LaneView key={lane.instance} lane={lane} from={from} until={until} />
        ))}
      </ol>
      {lanes.length > 0 && (
        <>
          <p class="axis" aria-hidden="true">
            <span>{minutes < 60 ? `${minutes}m` : '1h'} ago</span>
            <span>now</span>
          </p>
          <p class="legend">
            {STATES.filter((state) => seen.has(state)).map((state) => (
              <span key={state}>
                <i class="key" data-state={state} /> {state}
              </span>
            ))}
          </p>
        </>
      )}
    </section>
  )
}

function LaneView({ lane, from, until }: { lane: Lane; from: number; until: number }) {
  const percent = (at: number): number => ((Math.max(at, from) - from) / (until - from)) * 100
  const last = lane.bars.at(-1)
  const words = lane.bars
    .map(({ state, from: began, to }) => `${state} for ${span(to - began)}`)
    .join(', ')
  return (
    <li>
      <code class="lane-name" data-state={last && last.to >= until ? last.state : undefined}>
        {shortInstance(lane.instance)}
      </code>
      <span class="lane" role="img" aria-label={words}>
        {lane.bars
          .filter(({ to }) => to > from)
          .map((bar) => (
            <span
              key={`${bar.state}${bar.from}`}
              class="bar"
              data-state={bar.state}
              title={`${bar.state} for ${span(bar.to - bar.from)}`}
              style={{
                left: `${percent(bar.from)}%`,
                width: `${percent(bar.to) - percent(bar.from)}%`,
              }}
            />
          ))}
      </span>
    </li>
  )
}

/** From what was told of each; what was not told any more is taken from how it is now. */
function lanesOf(row: Row, told: readonly Told[], until: number): Lane[] {
  const moves = new Map<string, (Told & { readonly k: 'state' })[]>()
  for (const event of told) {
    if (event.k !== 'state' || event.fn !== row.id) continue
    const known = moves.get(event.instance)
    if (known) known.push(event)
    else moves.set(event.instance, [event])
  }
  const living = new Map(row.instances.map((instance) => [String(instance.id), instance]))
  const ids = new Set([...moves.keys(), ...living.keys()])
  const lanes = [...ids].map((instance) => {
    const first = moves.get(instance)?.[0]
    const now = living.get(instance)
    const bornAt = now?.bornAt ?? first?.at ?? until
    const begins = first && first.at < bornAt ? first.at : bornAt
    return {
      instance,
      bars: barsOf({ moves: moves.get(instance) ?? [], begins, until, state: now?.state }),
    }
  })
  return lanes.toSorted((a, b) => (a.bars[0]?.from ?? 0) - (b.bars[0]?.from ?? 0))
}

interface Life {
  readonly moves: readonly (Told & { readonly k: 'state' })[]
  readonly begins: number
  readonly until: number
  /** Now; undefined when it is gone. */
  readonly state: string | undefined
}

function barsOf({ moves, begins, until, state }: Life): Bar[] {
  const bars: Bar[] = []
  let at = begins
  for (const move of moves) {
    bars.push({ state: move.from, from: at, to: move.at })
    at = move.at
  }
  const last = moves.at(-1)?.to ?? state
  if (last !== undefined) bars.push({ state: last, from: at, to: until })
  return bars.filter((bar) => !NOTHING.has(bar.state) && bar.to >= bar.from)
}
