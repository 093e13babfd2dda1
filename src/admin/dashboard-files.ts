/** The built dashboard as answers: a page and what it is made of, read once, each with a policy that lets in nothing else. */

import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { plain } from './message.ts'
import type { AdminAnswer } from './message.ts'

/** Where `npm run build` puts it: beside the JavaScript of the package, and in the same place of a checkout. */
export const BUILT_DASHBOARD = fileURLToPath(new URL('../../dist/dashboard', import.meta.url))

/** Everything comes from here, nothing is inline, nobody frames it, and no form goes anywhere. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const FIELDS = {
  'content-security-policy': POLICY,
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

const NOT_BUILT = 'The dashboard is not built: run "npm run dashboard", then ask again.'

interface Built {
  readonly page: AdminAnswer
  readonly assets: ReadonlyMap<string, AdminAnswer>
}

export class DashboardFiles {
  readonly #dir: string
  #built: Built | undefined

  constructor(dir: string) {
    this.#dir = dir
  }

  /** Says how to make it where it is not there. */
  page(): AdminAnswer {
    return this.#files()?.page ?? plain(404, NOT_BUILT)
  }

  asset(name: string): AdminAnswer | undefined {
    return this.#files()?.assets.get(name)
  }

  /** What is not there is looked for again the next time. */
  #files(): Built | undefined {
    this.#built ??= read(this.#dir)
    return this.#built
  }
}

function read(dir: string): Built | undefined {
  try {
    const body = readFileSync(join(dir, 'index.html'), 'utf8')
    const page = { status: 200, type: 'text/html; charset=utf-8', body, fields: FIELDS }
    const assets = join(dir, 'assets')
    return { page, assets: new Map(readdirSync(assets).map((name) => [name, asset(assets, name)])) }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** Their names hold a hash of what is in them, so that they never change. */
const asset = (dir: string, name: string): AdminAnswer => ({
  status: 200,
  type: TYPES[extname(name)] ?? 'application/octet-stream',
  body: readFileSync(join(dir, name), 'utf8'),
  fields: { ...FIELDS, 'cache-control': 'public, max-age=31536000, immutable' },
})
