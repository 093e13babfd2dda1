/** A study's report in a real Chromium: whole without a script, nothing cut off, readable on a phone and in the dark. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import type { BrowserContextOptions, Page } from 'playwright-core'

import { Chance } from '../../src/lib/chance.ts'
import { Journal } from '../../src/study/journal.ts'
import { loadPlan } from '../../src/study/plan.ts'
import { writeReport } from '../../src/study/report.ts'
import type { Sample, Way } from '../../src/study/sample.ts'
import { openBrowser, openPage } from '../support/browser.ts'
import { ROOT } from '../support/package.ts'
import { tempDir } from '../support/temp-dir.ts'

const browser = await openBrowser(t)
const KEPT = process.env['COLDFRONT_SCREENSHOTS'] === '1'
const REPETITIONS = 21
const PLAN = `
about: What is <b>bold</b> & what is "quoted"?
repetitions: ${REPETITIONS}
function: { command: [app] }
factors:
  language:
    plain: {}
    "<i>odd & long name of a level</i>": { env: { A: b } }
  tier: [new, paused, running]
  burst: [1, 20]
`
const SCALE: Readonly<Record<string, number>> = { new: 500, paused: 20, running: 1 }

/** A report on samples that nobody measured. */
async function report(t: Test): Promise<string> {
  const dir = tempDir(t)
  const file = join(dir, 'plan.yaml')
  writeFileSync(file, PLAN)
  const plan = await loadPlan({ file, env: {}, made: dir, node: 'node' })
  const journal = new Journal(dir, plan)
  const environment = {
    cpu: 'a processor',
    cores: 2,
    memoryGiB: 4,
    kernel: 'linux 6',
    governor: 'performance',
    engine: undefined,
    versions: { coldfront: '0.0.0', node: '24' },
  }
  journal.begin(plan, { at: 0, load: 0, leftOut: {}, environment })
  const chance = new Chance(1)
  for (let repetition = 0; repetition < REPETITIONS; repetition += 1) {
    for (const { key, tier } of plan.cells)
      for (const way of ['gateway', 'floor'] as const)
        journal.sample(sample({ key, way, repetition }, (SCALE[tier] ?? 1) * (1 + chance.next())))
  }
  journal.close({ at: 1, load: 0, why: 'all', noFloor: {} })
  await writeReport({ dir, plan, journal })
  return pathToFileURL(join(dir, 'report.html')).href
}

function sample(trial: { key: string; way: Way; repetition: number }, ms: number): Sample {
  const [before, calls, between, boot, after, answer] = [0.05, 0.5, 0.02, 0.3, 0.03, 0.1].map(
    (share) => share * ms,
  ) as [number, number, number, number, number, number]
  const phases = { before, calls, between, boot, after, answer }
  const share = before + between + after
  const rest = { at: 0, order: 0, timings: {}, starts: ['cold'], load: 0 }
  return { ...trial, ...rest, total: ms, totals: [ms], phases, share }
}

/** Texts and marks of plots that reach beyond their drawing. */
const CUT_OFF = `[...document.querySelectorAll('svg')].flatMap((svg) => {
  const { width, height } = svg.viewBox.baseVal
  return [...svg.querySelectorAll('text, circle, rect, path')].filter((mark) => {
    const box = mark.getBBox()
    return box.x < -1 || box.y < -1 || box.x + box.width > width + 1 || box.y + box.height > height + 1
  }).map((mark) => mark.outerHTML)
})`

async function open(
  t: Test,
  url: string,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; faults: string[] }> {
  const { page, faults } = await openPage(t, browser, url, options)
  await page.goto(url)
  return { page, faults }
}

t.test('study report: every plot is there, and nothing of it is cut off', async (t) => {
  const { page, faults } = await open(t, await report(t))
  t.equal(await page.locator('script').count(), 0)
  t.match(await page.locator('.about').textContent(), 'What is <b>bold</b> & what is "quoted"?')
  t.equal(await page.locator('b').count(), 0, 'what the plan says is text')
  // Three drawings of phases, shares, totals, and a distribution for each set of the other factors.
  t.equal(await page.locator('svg').count(), 3 + 2 + 6 + 4 + 6)
  for (const svg of await page.locator('svg').all()) {
    const box = await svg.boundingBox()
    t.ok((box?.width ?? 0) > 200 && (box?.height ?? 0) > 60)
  }
  t.equal(await page.locator('svg circle.dot').count(), 2 * 12 * 2 * REPETITIONS)
  t.strictSame(await page.evaluate(CUT_OFF), [])
  t.strictSame(faults, [])
})

t.test(
  'study report: on a phone and in the dark the page is no wider than the screen',
  async (t) => {
    const url = await report(t)
    for (const colorScheme of ['light', 'dark'] as const) {
      const options = { viewport: { width: 360, height: 780 }, colorScheme }
      const { page, faults } = await open(t, url, options)
      t.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), colorScheme)
      t.strictSame(faults, [])
    }
  },
)

t.test('study report: the worked example of the docs', async (t) => {
  const url = pathToFileURL(join(ROOT, 'docs/studies/quick/report.html')).href
  const { page, faults } = await open(t, url, { viewport: { width: 1000, height: 1340 } })
  t.strictSame(await page.evaluate(CUT_OFF), [])
  t.strictSame(faults, [])
  const dir = KEPT ? join(ROOT, 'docs/images') : tempDir(t)
  await page.screenshot({ path: join(dir, 'study-report.png') })
})
