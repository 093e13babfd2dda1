/** Programs that functions need: found on this machine, or made by a command of the plan. What is missing is said, not fatal. */

import { execFile } from 'node:child_process'
import { access, constants, mkdir } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import type { Plan } from './plan.ts'

const run = promisify(execFile)
const MAKE_MS = 120_000
const SAID_CHARS = 200

export interface ProgramsParts {
  readonly plan: Plan
  readonly env: Readonly<Record<string, string | undefined>>
  readonly made: string
  readonly node: string
}

export interface Programs {
  /** Paths by name. */
  readonly found: ReadonlyMap<string, string>
  /** Why each of the others is not there. */
  readonly missing: ReadonlyMap<string, string>
}

/** Makes what the plan makes, and looks for all that its levels need. */
export async function findPrograms({ plan, env, made, node }: ProgramsParts): Promise<Programs> {
  const found = new Map<string, string>()
  const missing = new Map<string, string>()
  await mkdir(made, { recursive: true })
  for (const [name, [file = '', ...args]] of Object.entries(plan.programs)) {
    try {
      await run(file, args, { cwd: plan.dir, env: { ...env }, timeout: MAKE_MS })
      found.set(name, join(made, name))
    } catch (error) {
      missing.set(name, `it could not be made: ${said(error)}`)
    }
  }
  const needed = new Set(
    plan.cells.flatMap(({ needs, options }) => [...needs, ...ofMachine(options)]),
  )
  for (const name of needed) {
    if (found.has(name) || missing.has(name)) continue
    const path = name === 'node' ? node : await onPath(name, env['PATH'] ?? '')
    if (path === undefined) missing.set(name, 'this machine does not have it')
    else found.set(name, path)
  }
  return { found, missing }
}

/** The program of `image: machine/NAME`, an image that is made of this machine's own. */
export function ofMachine(options: Readonly<Record<string, unknown>>): readonly string[] {
  const { image } = options
  return typeof image === 'string' && image.startsWith('machine/') ? [image.slice(8)] : []
}

async function onPath(name: string, path: string): Promise<string | undefined> {
  for (const directory of path.split(delimiter).filter(Boolean)) {
    const file = join(directory, name)
    const isThere = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (isThere) return file
  }
  return undefined
}

function said(error: unknown): string {
  const { stderr = '', message } = error as { stderr?: string; message: string }
  return (stderr.trim() || message).slice(0, SAID_CHARS)
}
