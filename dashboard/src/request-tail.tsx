/** Requests as they finish, newest first; of all functions or of one. */

import { useState } from 'preact/hooks'
import { clockTime, duration } from './format.ts'
import { useLiveList } from './live-list.ts'
import { linkTo } from './place.ts'

interface Finished {
  readonly k: 'request'
  readonly id: number
  readonly at: number
  readonly fn?: string
  readonly start?: string
  readonly method: string
  readonly host: string
  readonly path: string
  readonly client: string
  readonly status: number
  readonly error?: string
  readonly holdMs: number
  readonly totalMs: number
}

interface LeftOut {
  readonly k: 'left_out'
  readonly id: number
  readonly requests: number
}

type Line = Finished | LeftOut | { readonly k: 'gap'; readonly id?: undefined }

const LINES_MAX = 200

export function RequestTail({ fn }: { fn?: string }) {
  const [isHeld, setHeld] = useState(false)
  const path = `/api/v1/requests${fn === undefined ? '' : `?function=${fn}`}`
  const { all, link } = useLiveList<Line>(path, LINES_MAX, isHeld)
  const lines = all.filter((line) => line.k !== 'gap').toReversed()
  return (
    <section class="tail" aria-label="Requests as they finish">
      <div class="section-head">
        <p class="soft small">
          {link === 'open'
            ? 'Each request as it finishes, from now on'
            : link === 'lost'
              ? 'No answer'
              : 'Connecting…'}
        </p>
        <button
          type="button"
          class="button quiet"
          aria-pressed={isHeld}
          onClick={() => setHeld(!isHeld)}
        >
          {isHeld ? 'Go on' : 'Hold'}
        </button>
      </div>
      <table class="requests" data-one={fn !== undefined}>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {fn === undefined && <th scope="col">Function</th>}
            <th scope="col">Met</th>
            <th scope="col" class="num">
              Status
            </th>
            <th scope="col">Request</th>
            <th scope="col" class="num c-hold">
              Held
            </th>
            <th scope="col" class="num">
              Total
            </th>
            <th scope="col" class="c-client">
              Client
            </th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) =>
            line.k === 'request' ? (
              <RequestLine key={line.id} line={line} isOfAll={fn === undefined} />
            ) : (
              <tr key={line.id} class="left-out">
                <td colSpan={8}>{line.requests.toLocaleString('en')} more in this second</td>
              </tr>
            ),
          )}
        </tbody>
      </table>
      {lines.length === 0 && (
        <p class="empty small">No request has finished since this was opened.</p>
      )}
    </section>
  )
}

function RequestLine({ line, isOfAll }: { line: Finished; isOfAll: boolean }) {
  const { at, fn, start, method, host, path, client, status, error, holdMs, totalMs } = line
  return (
    <tr data-bad={status === 0 || status >= 500}>
      <td class="time">{clockTime(at)}</td>
      {isOfAll && (
        <td>
          {fn === undefined ? (
            <span class="faint">–</span>
          ) : (
            <a href={linkTo('requests', fn)}>{fn}</a>
          )}
        </td>
      )}
      <td>
        <span class="kind" data-kind={start ?? 'none'}>
          {start ?? 'nothing'}
        </span>
      </td>
      <td class="num status" title={error}>
        {status === 0 ? 'left' : status}
      </td>
      <td class="what" title={`${host}${path}`}>
        <span class="method">{method}</span> <span class="soft">{host}</span>
        {path}
      </td>
      <td class="num c-hold">{holdMs < 0.05 ? <span class="faint">–</span> : duration(holdMs)}</td>
      <td class="num">{duration(totalMs)}</td>
      <td class="soft c-client">{client}</td>
    </tr>
  )
}
