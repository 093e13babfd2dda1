/** Which gateway this is, whether it is heard, where one can go, and how it looks. */

import { span } from './format.ts'
import { Icon } from './icon.tsx'
import { type Link, link, now, restart, world } from './model.ts'
import { useValue } from './observable.ts'
import { say, signingIn } from './orders.ts'
import { VIEWS, linkTo, place } from './place.ts'
import { session } from './session.ts'
import { THEMES, setTheme, theme } from './theme.ts'

const WORDS: Readonly<Record<Link, string>> = {
  connecting: 'connecting',
  live: 'live',
  lost: 'no answer',
  locked: 'locked',
}

export function TopBar() {
  const { view } = useValue(place)
  return (
    <header class="top-bar">
      <a class="brand" href={linkTo('functions')}>
        coldfront
      </a>
      <nav aria-label="Views">
        {VIEWS.map((name) => (
          <a key={name} href={linkTo(name)} aria-current={name === view ? 'page' : undefined}>
            {name}
          </a>
        ))}
      </nav>
      <div class="spring" />
      <Gateway />
      <ThemeSwitch />
      <Session />
    </header>
  )
}

function Gateway() {
  const state = useValue(link)
  const about = useValue(world)?.about
  const time = useValue(now)
  const away = about?.runtimes.filter(({ up }) => !up) ?? []
  return (
    <p class="gateway">
      <span class="link" data-link={state} role="status">
        <span class="dot" aria-hidden="true" />
        {about && !about.ready && state === 'live' ? 'draining' : WORDS[state]}
      </span>
      {about && (
        <span class="soft wide" title={about.config}>
          {about.version} · up {span(time - about.startedAt)}
        </span>
      )}
      {away.map(({ name, message }) => (
        <span key={name} class="away" title={message}>
          {name} is away
        </span>
      ))}
    </p>
  )
}

function ThemeSwitch() {
  const chosen = useValue(theme)
  return (
    <div class="switch" role="group" aria-label="Theme">
      {THEMES.map((name) => (
        <button
          key={name}
          type="button"
          class="icon-button"
          aria-pressed={name === chosen}
          aria-label={`Theme: ${name}`}
          title={name}
          onClick={() => setTheme(name)}
        >
          <Icon name={name} />
        </button>
      ))}
    </div>
  )
}

function leave(): void {
  session.signOut()
  restart()
  say('Signed out')
}

function Session() {
  const about = useValue(world)?.about
  if (!about) return null
  return about.full ? (
    <button type="button" class="button quiet" onClick={leave}>
      Sign out
    </button>
  ) : (
    <button type="button" class="button quiet" onClick={() => signingIn.set({ next: undefined })}>
      <Icon name="key" /> Sign in
    </button>
  )
}
