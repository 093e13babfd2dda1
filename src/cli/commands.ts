/** The commands as a table. Each loads its own code, so that a quick one does not wait for the engine's. */

import { EXIT } from './exit-code.ts'
import { CONFIG_FILE } from './config-file.ts'
import { ASKING, CONFIG, JSON_OUTPUT } from './options.ts'
import { SHELLS, completionScript } from './completion.ts'
import { versionText } from './version.ts'
import { SHIPPED } from '../study/shipped.ts'
import type { Command } from './command.ts'

const GATEWAY: readonly Command[] = [
  {
    name: 'serve',
    summary: 'Start the gateway.',
    options: [
      CONFIG,
      {
        name: 'log',
        value: 'FORMAT',
        choices: ['json', 'pretty'],
        help: 'pretty for people, json for machines; else as configured: pretty on a terminal.',
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
]

const WATCHING: readonly Command[] = [
  {
    name: 'ps',
    summary: 'Show what is cold and what is warm in a running gateway.',
    options: [
      ...ASKING,
      { name: 'names', help: 'Print the names of the functions alone.' },
      { name: 'json', help: 'Print the whole status as JSON.' },
    ],
    example: 'coldfront ps --config gateway.yaml',
    run: async (call) => (await import('./ps.ts')).ps(call),
  },
  {
    name: 'top',
    summary: 'Show it live, in the whole terminal.',
    options: ASKING,
    example: 'coldfront top',
    run: async (call) => (await import('./top.ts')).top(call),
  },
  {
    name: 'events',
    summary: 'Tell what happens, as it happens: who woke what, how long it took, what slept.',
    options: [
      ...ASKING,
      { name: 'function', value: 'NAME', help: 'Of this function alone.' },
      { name: 'last', value: 'COUNT', help: 'Begin with so many events that are over.' },
      { name: 'all', help: 'Each step in the life of each instance too.' },
      JSON_OUTPUT,
    ],
    example: 'coldfront events --function hello --last 20',
    run: async (call) => (await import('./events.ts')).events(call),
  },
  {
    name: 'logs',
    summary: 'Show what a function printed.',
    operand: { name: 'NAME' },
    options: [
      ...ASKING,
      { name: 'follow', short: 'f', help: 'And what it prints from now on.' },
      {
        name: 'last',
        value: 'COUNT',
        help: 'Begin with so many lines; all that are kept when left out.',
      },
      JSON_OUTPUT,
    ],
    example: 'coldfront logs hello -f',
    run: async (call) => (await import('./logs.ts')).logs(call),
  },
  {
    name: 'routes',
    summary: 'Say which function answers for a host and path, and why.',
    operand: { name: 'HOST[/PATH]' },
    options: [...ASKING, JSON_OUTPUT],
    example: 'coldfront routes hello.localhost/some/path',
    run: async (call) => (await import('./routes.ts')).routes(call),
  },
]

const ORDERING: readonly Command[] = [
  {
    name: 'wake',
    summary: 'Wake a function as a request would, and wait until it is ready.',
    operand: { name: 'NAME' },
    options: [...ASKING, { name: 'no-wait', help: 'Order it and be done.' }, JSON_OUTPUT],
    example: 'coldfront wake hello',
    run: async (call) => (await import('./wake.ts')).wake(call),
  },
  {
    name: 'pause',
    summary: 'Freeze what is idle of a function now.',
    operand: { name: 'NAME' },
    options: [...ASKING, JSON_OUTPUT],
    example: 'coldfront pause hello',
    run: async (call) => (await import('./order.ts')).pause(call),
  },
  {
    name: 'stop',
    summary: 'Drain and stop a function; the next request wakes it again.',
    operand: { name: 'NAME' },
    options: [...ASKING, JSON_OUTPUT],
    example: 'coldfront stop hello',
    run: async (call) => (await import('./order.ts')).stop(call),
  },
  {
    name: 'warm',
    summary: 'Keep an instance of a function awake for a while.',
    operand: { name: 'NAME' },
    options: [
      ...ASKING,
      {
        name: 'for',
        value: 'DURATION',
        help: 'From now on: 90s, 1h, 2d; 1h when left out, at most 7d. 0s ends it, and so do pause and stop.',
      },
      JSON_OUTPUT,
    ],
    example: 'coldfront warm hello --for 1h',
    run: async (call) => (await import('./order.ts')).warm(call),
  },
  {
    name: 'reload',
    summary: 'Have the configuration read again; a mistake in it changes nothing.',
    options: [...ASKING, JSON_OUTPUT],
    example: 'coldfront reload',
    run: async (call) => (await import('./order.ts')).reload(call),
  },
]

const STUDYING: readonly Command[] = [
  {
    name: 'study',
    summary:
      'Measure cold starts by a plan (quick, tiers, runtimes, sandbox, or a file), and write a report.',
    operand: { name: 'FILE', otherwise: 'quick', known: SHIPPED },
    options: [
      {
        name: 'out',
        value: 'DIR',
        help: 'Where the samples and the report go; study-NAME when left out. A study there is continued.',
      },
    ],
    example: 'coldfront study quick --out quick-study',
    run: async (call) => (await import('./study.ts')).study(call),
  },
  {
    name: 'replay',
    summary: 'Say what other idle times would have cost and spared, by a log of requests.',
    operand: { name: 'FILE' },
    options: [
      {
        name: 'policy',
        value: 'POLICY',
        many: true,
        help: 'fixed:DURATION, hybrid or hybrid:DURATION (its standard); several times, or with commas. fixed:5m,fixed:15m,hybrid when left out.',
      },
      { name: 'plot', value: 'FILE', help: 'Write a plot as SVG.' },
      JSON_OUTPUT,
    ],
    example: 'coldfront replay access.log --policy fixed:5m,fixed:15m,hybrid',
    run: async (call) => (await import('./replay.ts')).replay(call),
  },
]

const ITSELF: readonly Command[] = [
  {
    name: 'completion',
    summary: 'Print a script that completes these commands in a shell.',
    operand: { name: 'SHELL', choices: SHELLS },
    options: [],
    example: 'coldfront completion bash > /etc/bash_completion.d/coldfront',
    run: ({ shell, operand }) => {
      shell.out(completionScript(operand, COMMANDS))
      return Promise.resolve(EXIT.ok)
    },
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

export const COMMANDS: readonly Command[] = [
  ...GATEWAY,
  ...WATCHING,
  ...ORDERING,
  ...STUDYING,
  ...ITSELF,
]
