/** The whole page: what is always there, and the view that the address asks for. */

import { useEffect } from 'preact/hooks'
import { EventList } from './event-list.tsx'
import { FunctionPanel } from './function-panel.tsx'
import { FunctionTable } from './function-table.tsx'
import { link, world } from './model.ts'
import { useValue } from './observable.ts'
import { notice } from './orders.ts'
import { go, place } from './place.ts'
import { RequestTail } from './request-tail.tsx'
import { SignInDialog, SignInPage } from './sign-in.tsx'
import { Summary } from './summary.tsx'
import { TopBar } from './top-bar.tsx'

export function App() {
  const state = useValue(link)
  const known = useValue(world)
  const { view, fn } = useValue(place)
  const row = known?.rows.find(({ id }) => id === fn)
  useEffect(() => {
    document.addEventListener('keydown', pressed)
    return () => document.removeEventListener('keydown', pressed)
  }, [])
  if (state === 'locked') {
    return (
      <>
        <SignInPage />
        <Notice />
      </>
    )
  }
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <TopBar />
      <div class="page" data-panel={row !== undefined}>
        <main id="main" tabIndex={-1}>
          {known ? <Summary {...known} /> : <p class="empty">Connecting…</p>}
          {known && view === 'functions' && <FunctionTable rows={known.rows} selected={fn} />}
          {known && view === 'requests' && <RequestTail />}
          {known && view === 'events' && <EventList />}
        </main>
        {row && <FunctionPanel key={row.id} row={row} />}
      </div>
      <SignInDialog />
      <Notice />
    </>
  )
}

function Notice() {
  const said = useValue(notice)
  return (
    <div
      class="notice"
      role="status"
      data-bad={said?.isBad ?? false}
      data-shown={said !== undefined}
    >
      {said?.text}
    </div>
  )
}

/** `/` searches, Escape goes back to the whole. */
function pressed(event: KeyboardEvent): void {
  const isTyping =
    event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement
  if (event.key === '/' && !isTyping && !event.ctrlKey && !event.metaKey) {
    event.preventDefault()
    document.getElementById('search')?.focus()
  } else if (event.key === 'Escape' && !isTyping && !document.querySelector('dialog[open]')) {
    const { view, fn } = place.value
    if (fn === undefined) return
    go(view)
    document.getElementById(`fn-${fn}`)?.focus()
  }
}
