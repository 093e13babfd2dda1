/** A log entry as one line of JSON: `time`, `level` and `msg` first, then the fields in their order. */

import { escapeControls } from './plain-text.ts'
import type { Entry } from './entry.ts'

/** JSON leaves DEL, C1 and reordering marks as they are; a terminal would obey them. */
export const jsonLine = ({ at, level, msg, fields }: Entry): string =>
  escapeControls(JSON.stringify({ time: new Date(at).toISOString(), level, msg, ...fields }))
