/** Text from clients, images and files, made harmless for one line of a log or a terminal. */

import { LIMITS } from '../domain/limits.ts'

// C0 and C1 controls, DEL, line and paragraph separators, and marks that reorder what is shown.
const UNSAFE = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu

const escape = (char: string): string =>
  '\\u' + (char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')

/** Every character that could end a line or move the cursor as `\uXXXX`: also right inside a JSON string. */
export const escapeControls = (text: string): string => text.replace(UNSAFE, escape)

/** Cut at `logTextChars`, with an ellipsis where something is missing. */
export const shorten = (text: string): string =>
  text.length > LIMITS.logTextChars ? `${text.slice(0, LIMITS.logTextChars)}…` : text

/** A name and a password before the host, which no request should have and some do. */
const USER_INFORMATION = /^([A-Za-z][A-Za-z0-9+.-]*:\/\/)[^/?#]*@/

/** The target without its query: queries carry tokens, codes and names. */
export function pathOf(target: string): string {
  const end = target.search(/[?#]/)
  const path = end < 0 ? target : target.slice(0, end)
  return shorten(path.startsWith('/') ? path : path.replace(USER_INFORMATION, '$1'))
}
