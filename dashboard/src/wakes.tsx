/** The last wakes of one function, each as a bar of its phases, all to the same scale. */

import { clockTime, duration } from './format.ts'
import { type Row, type Told, events } from './model.ts'
import { useValue } from './observable.ts'

type Ready = Told & { readonly k: 'ready' }

const WAKES_MAX = 8
/** Less is not seen, and not worth a word. */
const SHORT_MS = 0.5

const PHASES = ['before', 'queued_start', 'pull', 'create', 'start', 'probe', 'resume'] as const

type Phase = (typeof PHASES)[number]

const WORDS: Readonly<Record<Phase, string>> = {
  before: 'before its start',
  queued_start: 'waiting for its turn',
  pull: 'image',
  create: 'create',
  start: 'start',
  probe: 'until it answers',
  resume: 'resume',
}

/** What is in no phase came first: somebody waited before it was decided to start one. */
function lengthOf(phase: Phase, { phases, totalMs }: Ready): number {
  if (phase !== 'before') return phases[phase]
  const { queued_start, pull, create, start, probe, resume } = phases
  return Math.max(0, totalMs - (queued_start + pull + create + start + probe + resume))
}

export function Wakes({ row }: { row: Row }) {
  const told = useValue(events)
  const wakes = told
    .filter((event): event is Ready => event.k === 'ready' && event.fn === row.id)
    .slice(-WAKES_MAX)
    .toReversed()
  if (wakes.length === 0) return null
  const longest = Math.max(...wakes.map(({ totalMs }) => totalMs))
  const seen = PHASES.filter((phase) => wakes.some((wake) => lengthOf(phase, wake) >= SHORT_MS))
  return (
    <section class="wakes" aria-label="Last wakes">
      <h3>Wakes</h3>
      <ol>
        {wakes.map((wake) => (
          <WakeView key={wake.id} wake={wake} longest={longest} />
        ))}
      </ol>
      <p class="legend">
        {seen.map((phase) => (
          <span key={phase}>
            <i class="key" data-phase={phase} /> {WORDS[phase]}
          </span>
        ))}
      </p>
    </section>
  )
}

function WakeView({ wake, longest }: { wake: Ready; longest: number }) {
  const parts = PHASES.filter((phase) => lengthOf(phase, wake) >= SHORT_MS)
  const words = parts
    .map((phase) => `${WORDS[phase]} ${duration(lengthOf(phase, wake))}`)
    .join(', ')
  return (
    <li>
      <span class="time">{clockTime(wake.at).slice(0, 8)}</span>
      <span class="kind" data-kind={wake.by}>
        {wake.by}
      </span>
      <span class="phases" role="img" aria-label={words} title={words}>
        {parts.map((phase) => (
          <span
            key={phase}
            data-phase={phase}
            style={{ width: `${(lengthOf(phase, wake) / longest) * 100}%` }}
          />
        ))}
      </span>
      <span class="num">{duration(wake.totalMs)}</span>
    </li>
  )
}
