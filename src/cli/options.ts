/** Options that several commands have. */

import type { Option } from './command.ts'
import { CONFIG_FILE } from './config-file.ts'

export const CONFIG: Option = {
  name: 'config',
  short: 'c',
  value: 'FILE',
  help: `The configuration; ${CONFIG_FILE} when left out.`,
}

export const JSON_OUTPUT: Option = { name: 'json', help: 'Print JSON, for programs.' }

/** Of every command that asks a running gateway. */
export const ASKING: readonly Option[] = [
  CONFIG,
  {
    name: 'admin',
    value: 'URL',
    help: 'Ask here: http://HOST:PORT or unix:/PATH; else the socket in the state directory.',
  },
  {
    name: 'token-file',
    value: 'FILE',
    help: 'The admin token, for what an address does not tell or do without it.',
  },
]
