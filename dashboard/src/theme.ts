/** Light, dark, or as the browser has it; remembered. */

import { Observable } from './observable.ts'

export const THEMES = ['auto', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const KEY = 'coldfront.theme'

export const theme = new Observable<Theme>(
  THEMES.find((name) => name === localStorage.getItem(KEY)) ?? 'auto',
)

export function setTheme(chosen: Theme): void {
  localStorage.setItem(KEY, chosen)
  theme.set(chosen)
  applyTheme()
}

/** The style sheets go by this attribute, and by the browser where it is not there. */
export function applyTheme(): void {
  const { documentElement } = document
  if (theme.value === 'auto') documentElement.removeAttribute('data-theme')
  else documentElement.setAttribute('data-theme', theme.value)
}
