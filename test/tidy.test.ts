/** The shape of the code as a test: direction of imports, banned names, lengths, words that may not land. */

import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const SRC = join(ROOT, 'src')

const LINES_MAX = 300

/** One page to hold against RFC 9112: the parser is not taken apart. */
const LONG: Readonly<Record<string, number>> = { 'http1/head.ts': 480 }

/** What each part may import, besides itself and Node. `runtime/runtime.ts` and `contract/contract.ts` are ports. */
const MAY: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  domain: ['lib'],
  telemetry: ['domain', 'lib'],
  activator: ['contract/contract.ts', 'runtime/runtime.ts', 'telemetry', 'domain', 'lib'],
  runtime: ['http1', 'telemetry', 'domain', 'lib'],
  http1: ['domain', 'lib'],
  contract: ['http1', 'runtime/runtime.ts', 'telemetry', 'domain', 'lib'],
  config: ['domain', 'lib'],
  proxy: ['http1', 'contract/contract.ts', 'telemetry', 'domain', 'lib'],
  admin: ['activator', 'telemetry', 'domain', 'lib'],
  'gateway.ts': [
    'activator',
    'admin',
    'config',
    'contract',
    'proxy',
    'runtime',
    'telemetry',
    'domain',
    'lib',
  ],
  // It starts the gateway as a program of its own, and knows no part of it.
  study: ['config', 'runtime/docker/discovery.ts', 'runtime/free-port.ts', 'domain', 'lib'],
  replay: ['domain', 'lib'],
  cli: ['gateway.ts', 'study', 'replay', 'config', 'admin', 'telemetry', 'domain', 'lib'],
  'main.ts': ['cli'],
}

/** Packages of npm, and the one part that may use each. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  dockerode: ['runtime'],
  'node-cache': ['runtime'],
  undici: ['study', 'telemetry'],
  '@opentelemetry/api': ['telemetry'],
  '@opentelemetry/exporter-trace-otlp-http': ['telemetry'],
  '@opentelemetry/resources': ['telemetry'],
  '@opentelemetry/sdk-trace-base': ['telemetry'],
  yaml: ['config'],
  zod: ['config', 'study'],
}

/** Parts without I/O: they run under a fake clock and a fake world. */
const PURE = new Set(['lib', 'domain', 'activator'])

interface Ban {
  readonly what: RegExp
  readonly why: string
  readonly except: readonly string[]
}

const BANS: readonly Ban[] = [
  {
    what: /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(/,
    why: 'time comes from the Clock',
    except: ['lib/clock.ts', 'proxy/waiting-page-parts.ts'],
  },
  {
    what: /(?<!\.)\b(setTimeout|setInterval|setImmediate)\(/,
    why: 'timers come from the Clock',
    // Its script runs in a browser.
    except: ['lib/clock.ts', 'proxy/waiting-page-parts.ts'],
  },
  { what: /\bMath\.random\(/, why: 'chance comes in as an argument', except: [] },
  {
    what: /\bprocess\.env\b/,
    why: 'the environment comes in as an argument',
    except: ['cli/shell.ts'],
  },
  { what: /\bconsole\./, why: 'output goes through the log or the shell', except: [] },
  {
    what: /\bprocess\.exit\(/,
    why: 'only the shell ends the process',
    except: ['cli/shell.ts', 'main.ts'],
  },
  { what: /\b(TODO|FIXME|XXX)\b/, why: 'what is not done is an issue', except: [] },
  {
    what: /\b(IncomingMessage|ServerResponse)\b/,
    why: 'HTTP of Node stays in its module',
    except: ['admin/server.ts', 'cli/admin-client.ts'],
  },
  {
    what: /^import (?!type ).* from 'node:http'/,
    why: 'an import reads every export, WebSocket too, for which Node loads a second HTTP client: 80 ms of a processor; process.getBuiltinModule does not',
    except: ['study'],
  },
  { what: /\bas any\b|: any\b|<any>/, why: 'any switches the types off', except: [] },
]

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .sort()

const read = (path: string): string => readFileSync(join(SRC, path), 'utf8')
const partOf = (path: string): string => path.split('/')[0] ?? path

/** Imported paths, relative to `src/` or bare, types included. */
function importsOf(path: string): string[] {
  const specifiers = [...read(path).matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(
    (m) => m[1] ?? '',
  )
  return specifiers.map((s) => (s.startsWith('.') ? relative(SRC, join(SRC, dirname(path), s)) : s))
}

t.test('tidy: imports point down', async (t) => {
  for (const path of files) {
    const part = partOf(path)
    const may = MAY[part]
    if (!may) {
      t.fail(`src/${path} is in a part that the layout does not know`)
      continue
    }
    for (const target of importsOf(path)) {
      if (target.startsWith('node:') || target.startsWith('..')) continue
      if (!target.endsWith('.ts')) {
        t.ok(PACKAGES[target]?.includes(part), `src/${path} may import the package ${target}`)
        continue
      }
      const allowed =
        partOf(target) === part || may.includes(partOf(target)) || may.includes(target)
      if (!allowed) t.fail(`src/${path} may not import src/${target}`)
    }
  }
})

t.test('tidy: decisions touch nothing outside', async (t) => {
  for (const path of files.filter((p) => PURE.has(partOf(p)))) {
    const io = importsOf(path).filter((target) => target.startsWith('node:'))
    t.strictSame(io, [], `src/${path} imports nothing of Node`)
  }
})

t.test('tidy: banned names stay in their one place', async (t) => {
  for (const path of files) {
    const code = read(path)
    for (const { what, why, except } of BANS) {
      if (except.some((place) => path.startsWith(place))) continue
      const line = code
        .split('\n')
        .findIndex((text) => what.test(text) && !/^\s*(\*|\/\*|\/\/)/.test(text))
      if (line >= 0) t.fail(`src/${path}:${line + 1}: ${why}`)
    }
  }
})

t.test('tidy: a file is one noun, says what it is, and fits', async (t) => {
  for (const path of files) {
    const code = read(path)
    const lines = code.split('\n')
    t.notMatch(path, /(util|helper|common|manager|service)/i, `src/${path} is named for a thing`)
    if (lines.length - 1 > (LONG[path] ?? LINES_MAX))
      t.fail(`src/${path} has ${lines.length - 1} lines`)
    t.match(code.replace(/^#!.*\n/, ''), /^\/\*\*/, `src/${path} opens with what it is`)
  }
})

/** What runs in a browser: other globals, the same manners. */
const DASHBOARD = join(ROOT, 'dashboard/src')

t.test(
  'tidy: the dashboard takes types alone from the gateway, and asks nobody else',
  async (t) => {
    for (const path of readdirSync(DASHBOARD)) {
      const code = readFileSync(join(DASHBOARD, path), 'utf8')
      t.match(code, /^\/\*\*/, `dashboard/src/${path} opens with what it is`)
      t.ok(code.split('\n').length - 1 <= LINES_MAX, `dashboard/src/${path} fits`)
      for (const [line = ''] of code.matchAll(/^(?:import|export) .* from '\.\.\/\.\..*$/gm))
        t.match(line, /^import type /, `dashboard/src/${path}: ${line}`)
      t.notMatch(code, /https?:\/\/|innerHTML|dangerouslySetInnerHTML|\beval\(/, path)
      t.notMatch(code, /\bas any\b|: any\b|<any>|\b(TODO|FIXME|XXX)\b|\bconsole\./, path)
    }
  },
)
