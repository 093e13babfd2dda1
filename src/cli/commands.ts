/** The commands as a table. Each loads its own code, so that a quick one does not wait for the engine's. */

import { EXIT } from './exit-code.ts'
import { CONFIG_FILE } from './config-file.ts'
import { versionText } from './version.ts'
import type { Command, Option } from './command.ts'

const CONFIG: Option = {
  name: 'config',
  short: 'c',
  value: 'FILE',
  help: `The configuration; ${CONFIG_FILE} when left out.`,
}

export const COMMANDS: readonly Command[] = [
  {
    name: 'serve',
    summary: 'Start the gateway.',
    options: [
      CONFIG,
      {
        name: 'log',
        value: 'FORMAT',
        choices: ['json', 'pretty'],
        help: 'pretty for people, json for machines; else as configured.',
      },
    ],
    example: 'coldfront serve --config gateway.yaml --log pretty',
    run: async (call) => {
      const [{ serve }, { Gateway }] = await Promise.all([
        import('./serve.ts'),
        import('../gateway.ts'),
      ])
      return serve(call, (config, deps) => Gateway.start(config, deps))
    },
  },
  {
    name: 'check',
    summary: 'Check a configuration and tell every mistake in it.',
    operand: { name: 'FILE', otherwise: CONFIG_FILE },
    options: [],
    example: 'coldfront check gateway.yaml',
    run: async (call) => (await import('./check.ts')).check(call),
  },
  {
    name: 'schema',
    summary: 'Print the JSON Schema of the configuration, for editors.',
    options: [],
    example: 'coldfront schema > gateway.schema.json',
    run: async (call) => (await import('./schema.ts')).schema(call),
  },
  {
    name: 'ps',
    summary: 'Show what is cold and what is warm in a running gateway.',
    options: [
      CONFIG,
      {
        name: 'admin',
        value: 'URL',
        help: 'Ask here: http://HOST:PORT or unix:/PATH; else the socket in the state directory.',
      },
      {
        name: 'token-file',
        value: 'FILE',
        help: 'The admin token, where --admin is an address that others reach.',
      },
      { name: 'json', help: 'Print the whole status as JSON.' },
    ],
    example: 'coldfront ps --config gateway.yaml',
    run: async (call) => (await import('./ps.ts')).ps(call),
  },
  {
    name: 'version',
    summary: 'Print the version.',
    options: [],
    example: 'coldfront version',
    run: ({ shell }) => {
      shell.out(`${versionText()}\n`)
      return Promise.resolve(EXIT.ok)
    },
  },
]
