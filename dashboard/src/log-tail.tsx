/** What a function prints, as it prints it. It may hold secrets: this needs the token. */

import { useEffect, useRef, useState } from 'preact/hooks'
import { clockTime, shortInstance } from './format.ts'
import { useLiveList } from './live-list.ts'
import { world } from './model.ts'
import { useValue } from './observable.ts'
import { signingIn } from './orders.ts'

interface Printed {
  readonly id?: number
  readonly at: number
  readonly instance: string
  readonly line?: string
}

const LINES_MAX = 500
/** So near the end one is at the end. */
const END_PX = 24

export function LogTail({ fn }: { fn: string }) {
  const isAllowed = useValue(world)?.about.full ?? false
  if (isAllowed) return <Lines fn={fn} />
  return (
    <div class="empty small">
      <p>What functions print may hold secrets.</p>
      <button type="button" class="button" onClick={() => signingIn.set({ next: undefined })}>
        Sign in to see it
      </button>
    </div>
  )
}

function Lines({ fn }: { fn: string }) {
  const [isHeld, setHeld] = useState(false)
  const { all } = useLiveList<Printed>(`/api/v1/functions/${fn}/logs?follow=1`, LINES_MAX, isHeld)
  const box = useRef<HTMLDivElement>(null)
  const isAtEnd = useRef(true)
  useEffect(() => {
    if (isAtEnd.current && box.current) box.current.scrollTop = box.current.scrollHeight
  }, [all])
  const lines = all.filter(({ line }) => line !== undefined)
  return (
    <section class="tail" aria-label={`What ${fn} prints`}>
      <div class="section-head">
        <p class="soft small">Standard output and error, the last {LINES_MAX} lines</p>
        <button
          type="button"
          class="button quiet"
          aria-pressed={isHeld}
          onClick={() => setHeld(!isHeld)}
        >
          {isHeld ? 'Go on' : 'Hold'}
        </button>
      </div>
      <div
        ref={box}
        class="log"
        role="log"
        aria-live="off"
        tabIndex={0}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          isAtEnd.current = scrollHeight - scrollTop - clientHeight < END_PX
        }}
      >
        {lines.map(({ id, at, instance, line }) => (
          <p key={id}>
            <span class="time">{clockTime(at)}</span>{' '}
            <span class="faint">{shortInstance(instance)}</span> {line}
          </p>
        ))}
        {lines.length === 0 && <p class="soft">It has printed nothing.</p>}
      </div>
    </section>
  )
}
