/** A study from its plan to its report: what the command line calls. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../lib/clock.ts'
import { Conduct, type Progress } from './conduct.ts'
import { findEngine, type Engine } from './engine.ts'
import { environmentOf, loadNow } from './environment.ts'
import type { Findings } from './findings.ts'
import { Journal } from './journal.ts'
import { JsonClient } from './json-client.ts'
import { machineImage } from './machine-image.ts'
import { canDrop } from './page-cache.ts'
import { type Cell, type Plan, loadPlan } from './plan.ts'
import { findPrograms, ofMachine, type Programs } from './programs.ts'
import { writeReport } from './report.ts'
import { Stage } from './stage.ts'

export interface StudyRequest {
  readonly clock: Clock
  /** The plan's file, as the operator named it. */
  readonly file: string
  /** Where the journal and the report go; `study-NAME` when left out. */
  readonly out: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly homedir: string
  readonly version: string
  /** How this program is started: Node, its arguments, the file. */
  readonly program: readonly [string, ...string[]]
  readonly signal: AbortSignal
  readonly tell: (progress: Progress) => void
  /** A line that stays. */
  readonly note: (line: string) => void
}

export interface StudyDone {
  readonly why: 'all' | 'limit' | 'interrupted'
  readonly dir: string
  readonly findings: Findings
}

/** This machine cannot carry out the plan at all; the message says why. */
export class StudyError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'StudyError'
  }
}

/** Throws `ConfigError` for a wrong plan, `StudyError`, `JournalError`. */
export async function runStudy(request: StudyRequest): Promise<StudyDone> {
  await using stack = new AsyncDisposableStack()
  const { clock, env, note } = request
  const made = await mkdtemp(join(tmpdir(), 'cf-made-'))
  stack.defer(() => rm(made, { recursive: true, force: true }))
  const node = request.program[0]
  const plan = await loadPlan({ file: request.file, env, made, node })
  const dir = request.out ?? `study-${plan.name}`
  const journal = new Journal(dir, plan)
  // Nothing is left to measure; its report is written as this version writes it.
  if (journal.end?.why === 'all')
    return { why: 'all', dir, findings: await writeReport({ dir, plan, journal }) }
  if (plan.cells.some(({ pageCache }) => pageCache === 'dropped') && !(await canDrop()))
    throw new StudyError(
      '"pageCache: dropped" needs root on Linux: it writes /proc/sys/vm/drop_caches',
    )
  const found = await findEngine(request)
  const engine = 'missing' in found ? undefined : found
  const programs = await findPrograms({ plan, env, made, node })
  const leftOut = leftOutOf(plan.cells, { programs, found })
  const cells = await withImages(
    plan.cells.filter(({ key }) => leftOut[key] === undefined),
    { engine, programs, leftOut },
  )
  for (const [key, reason] of Object.entries(leftOut)) note(`left out: ${key}: ${reason}`)
  if (cells.length === 0) throw new StudyError('nothing of this plan can be measured here')
  const environment = await environmentOf({
    engine,
    coldfront: request.version,
    programs: programs.found,
  })
  const began = { at: clock.wall(), load: loadNow(), leftOut }
  journal.begin(plan, { ...began, environment })
  const why = await conducted({ request, plan, cells, engine, journal })
  return { why, dir, findings: await writeReport({ dir, plan, journal }) }
}

interface Conducting {
  readonly request: StudyRequest
  readonly plan: Plan
  readonly cells: readonly Cell[]
  readonly engine: Engine | undefined
  readonly journal: Journal
}

async function conducted({
  request,
  plan,
  cells,
  engine,
  journal,
}: Conducting): Promise<StudyDone['why']> {
  const { clock, env, program, signal, tell, note } = request
  const scene = await Stage.open({ clock, plan, cells, engine, env, program })
  try {
    const conduct = new Conduct({ clock, plan, cells, scene, journal, signal, tell })
    const { why, noFloor } = await conduct.run()
    for (const [key, reason] of Object.entries(noFloor)) note(`no floor: ${key}: ${reason}`)
    journal.close({ at: clock.wall(), load: loadNow(), why, noFloor })
    return why
  } finally {
    await scene.close()
  }
}

/** Combinations that this machine cannot measure, each with the reason. */
function leftOutOf(
  cells: readonly Cell[],
  { programs, found }: { programs: Programs; found: Engine | { readonly missing: string } },
): Record<string, string> {
  const reasons = cells.flatMap((cell): [string, string][] => {
    const reason = reasonAgainst(cell, { programs, found })
    return reason === undefined ? [] : [[cell.key, reason]]
  })
  return Object.fromEntries(reasons)
}

function reasonAgainst(
  { fn, tier, needs, options }: Cell,
  { programs, found }: { programs: Programs; found: Engine | { readonly missing: string } },
): string | undefined {
  if (fn.runtime === 'docker' && 'missing' in found) return found.missing
  if (fn.runtime === 'static' && tier !== 'running') return 'an upstream never sleeps'
  if (fn.runtime === 'process' && tier === 'stopped') return 'a stopped process is gone'
  if (fn.spec.k === 'container' && tier === 'new') return 'an existing container is never new'
  const missing = [...needs, ...ofMachine(options)].find((name) => programs.missing.has(name))
  return missing === undefined ? undefined : `${missing}: ${programs.missing.get(missing)}`
}

/** `machine/NAME` becomes the image that was made; where none can be made the combination is left out. */
async function withImages(
  cells: readonly Cell[],
  {
    engine,
    programs,
    leftOut,
  }: { engine: Engine | undefined; programs: Programs; leftOut: Record<string, string> },
): Promise<readonly Cell[]> {
  if (!engine) return cells
  const client = new JsonClient(engine.socketPath)
  const images = new Map<string, Promise<string>>()
  const ready: Cell[] = []
  try {
    for (const cell of cells) {
      const [name] = ofMachine(cell.options)
      if (name === undefined) {
        ready.push(cell)
        continue
      }
      const making = images.get(name) ?? machineImage(name, programs.found.get(name) ?? '', client)
      images.set(name, making)
      try {
        ready.push({ ...cell, options: { ...cell.options, image: await making } })
      } catch (error) {
        leftOut[cell.key] =
          `no image of ${name}: ${error instanceof Error ? error.message : String(error)}`
      }
    }
    return ready
  } finally {
    await client.close()
  }
}
