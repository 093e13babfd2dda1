/** What happened, newest first, in words; of the whole gateway or of one function. */

import { clockTime, duration, plural, shortInstance } from './format.ts'
import { type Told, events } from './model.ts'
import { useValue } from './observable.ts'
import { linkTo } from './place.ts'

const LINES_MAX = 200

/** Told by the others beside it, or too small to be read. */
const SILENT: ReadonlySet<Told['k']> = new Set(['state', 'started', 'probed'])

export function EventList({ fn }: { fn?: string }) {
  const told = useValue(events)
  const lines = told
    .filter((event) => !SILENT.has(event.k) && (fn === undefined || fnOf(event) === fn))
    .slice(-LINES_MAX)
    .toReversed()
  return (
    <section class="tail" aria-label="Events">
      <table class="events">
        <thead>
          <tr>
            <th scope="col">Time</th>
            {fn === undefined && <th scope="col">Function</th>}
            <th scope="col">Event</th>
            <th scope="col">What</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((event) => (
            <tr key={event.id} data-bad={BAD.has(event.k)}>
              <td class="time">{clockTime(event.at)}</td>
              {fn === undefined && (
                <td>
                  {fnOf(event) ? (
                    <a href={linkTo('events', fnOf(event))}>{fnOf(event)}</a>
                  ) : (
                    <span class="faint">–</span>
                  )}
                </td>
              )}
              <td>
                <span class="kind" data-kind={event.k}>
                  {event.k.replaceAll('_', ' ')}
                </span>
              </td>
              <td class="what">{wordsOf(event)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {lines.length === 0 && <p class="empty small">Nothing has happened yet.</p>}
    </section>
  )
}

const BAD: ReadonlySet<Told['k']> = new Set(['failed', 'alarm', 'refused', 'reload_failed'])

const fnOf = (event: Told): string | undefined => ('fn' in event ? event.fn : undefined)

const byOf = (by: { host: string; path: string; client: string } | undefined): string =>
  by ? `${by.host}${by.path} from ${by.client}` : ''

function wordsOf(event: Told): string {
  switch (event.k) {
    case 'woke':
      return event.why === 'request' ? byOf(event.by) : `by ${event.why}`
    case 'held':
      return byOf(event.by)
    case 'released':
      return `${plural(event.requests, 'request')} had waited, ${duration(event.heldMs)} in all`
    case 'suppressed':
      return `${plural(event.requests, 'request')} did not wake it: ${event.reason}`
    case 'refused':
      return `${event.code}, ${event.waiters} waiting`
    case 'pull':
      return `${event.image}: ${event.message}`
    case 'resumed':
      return `${shortInstance(event.instance)} in ${duration(event.resumeMs)}`
    case 'ready':
      return `${shortInstance(event.instance)} ${event.by} in ${duration(event.totalMs)}`
    case 'paused':
      return shortInstance(event.instance)
    case 'stopped':
      return `${shortInstance(event.instance)}: ${event.why}`
    case 'failed':
      return `${event.reason}: ${event.message}`
    case 'alarm':
      return event.what
    case 'listening':
      return `${event.what} on ${event.address}`
    case 'reloaded':
      return `${plural(event.functions, 'function')}, changed: ${event.changed.join(', ') || 'none'}`
    case 'runtime':
      return `${event.runtime}: ${event.message}`
    case 'reload_failed':
    case 'closing':
    case 'notice':
      return event.message
    default:
      return ''
  }
}
