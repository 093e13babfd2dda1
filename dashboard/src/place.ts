/** Where in the dashboard one is, as the fragment of the address: links, history and bookmarks work. */

import { Observable } from './observable.ts'

export const VIEWS = ['functions', 'requests', 'events'] as const
export type View = (typeof VIEWS)[number]

export interface Place {
  readonly view: View
  /** The function that is looked at closely. */
  readonly fn: string | undefined
}

export const place = new Observable<Place>(read())

window.addEventListener('hashchange', () => place.set(read()))

function read(): Place {
  const [, view = '', fn = ''] = location.hash.split('/')
  const known = VIEWS.find((name) => name === view) ?? 'functions'
  return { view: known, fn: fn === '' ? undefined : decodeURIComponent(fn) }
}

export const linkTo = (view: View, fn?: string): string =>
  `#/${view}${fn === undefined ? '' : `/${encodeURIComponent(fn)}`}`

export function go(view: View, fn?: string): void {
  location.hash = linkTo(view, fn)
}
