/** How the dashboard looks and feels in a real Chromium: many functions, a phone, both themes, who has no token yet. */

import { readFileSync, readdirSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import type { Page } from 'playwright-core'

import { openBrowser } from '../support/browser.ts'
import { APP } from '../support/command-function.ts'
import {
  type ShowParts,
  type Shown,
  buildDashboard,
  showDashboard,
  signIn,
} from '../support/dashboard.ts'

const browser = await openBrowser(t)
const built = await buildDashboard(t)
const world = { settings: { runtime: 'process' } }
const app = { command: [process.execPath, APP] }

const show = (t: Test, over: Partial<ShowParts> = {}): Promise<Shown> =>
  showDashboard(t, { browser, built, world, text: { functions: { app } }, ...over })

const PLACES = ['#/functions', '#/functions/app', '#/requests', '#/events'] as const

/** Goes there, and waits until it is shown. */
async function lookAt(page: Page, place: string): Promise<void> {
  await page.evaluate(`location.hash = '${place}'`)
  const [, view = '', fn] = place.split('/')
  if (fn === undefined) await page.getByRole('complementary').waitFor({ state: 'detached' })
  else await page.getByRole('complementary', { name: `Function ${fn}` }).waitFor()
  // On a phone the panel covers it.
  await page.locator(`main table.${view}`).waitFor({ state: 'attached' })
}

t.test('dashboard: all of it is below 150 KB, gzipped', async (t) => {
  const files = readdirSync(built, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && entry.name !== 'licenses.md',
  )
  const bytes = files.map(
    (entry) => gzipSync(readFileSync(`${entry.parentPath}/${entry.name}`)).length,
  )
  const total = bytes.reduce((a, b) => a + b, 0)
  t.comment(`${(total / 1_024).toFixed(1)} KiB in ${files.length} files`)
  t.ok(total < 150_000)
})

t.test('dashboard: on a phone nothing is wider than the screen', async (t) => {
  const functions = { app, 'a-function-with-a-name-that-is-rather-long-for-a-phone': app }
  const options = { viewport: { width: 360, height: 780 }, isMobile: true, hasTouch: true }
  const { page, gateway, faults } = await show(t, { text: { functions }, options })
  await gateway.ask('/a/path/that/goes/on/and/on/and/does/not/end/for/a/while/yet')
  for (const place of PLACES) {
    await lookAt(page, place)
    t.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), place)
  }
  t.strictSame(faults, [])
})

/** Texts whose contrast with what is behind them is below WCAG AA: 4.5, and 3 for large ones. */
const PALE_TEXTS = `(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1)
    canvas.fillStyle = colour
    canvas.fillRect(0, 0, 1, 1)
    return [...canvas.getImageData(0, 0, 1, 1).data]
  }
  const light = ([r, g, b]) => {
    const part = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4)
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b)
  }
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor)
      if (colour[3] === 255) return colour
    }
    return rgba('white')
  }
  const pale = []
  for (const element of document.querySelectorAll('body *')) {
    const says = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== '')
    if (!says || element.closest(':disabled, .heard, .skip, script, noscript') || !element.checkVisibility()) continue
    const style = getComputedStyle(element)
    if (style.visibility === 'hidden' || rgba(style.color)[3] === 0) continue
    const [a, b] = [light(rgba(style.color)), light(behind(element))]
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
    const isLarge = parseFloat(style.fontSize) >= 24
    if (contrast < (isLarge ? 3 : 4.5)) pale.push(element.className + ': ' + element.textContent + ' ' + contrast.toFixed(2))
  }
  return pale
})()`

for (const colorScheme of ['light', 'dark'] as const) {
  t.test(`dashboard: ${colorScheme} texts can be read (WCAG AA)`, async (t) => {
    const functions = { app, broken: { ...app, env: { EXIT_AT_ONCE: '3' } }, asleep: app }
    const { page, gateway } = await show(t, { text: { functions }, options: { colorScheme } })
    await gateway.ask('/', { fn: 'broken' })
    await gateway.ask('/')
    await page.getByRole('row', { name: /^app / }).getByText('ready', { exact: true }).waitFor()
    for (const place of [...PLACES, '#/functions/broken']) {
      await lookAt(page, place)
      t.strictSame(await page.evaluate(PALE_TEXTS), [], place)
    }
  })
}

t.test('dashboard: the theme that was chosen stays', async (t) => {
  const { page } = await show(t, { options: { colorScheme: 'light' } })
  const back = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor')
  const light = await back()
  await page.getByRole('button', { name: 'Theme: dark' }).click()
  const dark = await back()
  t.not(dark, light)
  await page.reload()
  await page.getByRole('row', { name: /^app / }).waitFor()
  t.equal(await back(), dark)
})

/** Names that only a sighted person knows. */
const NAMELESS = `[...document.querySelectorAll('button, a, input, select, [role=img]')]
  .filter((e) => !(e.getAttribute('aria-label') || e.textContent.trim() || e.labels?.length))
  .map((e) => e.outerHTML)`

t.test('dashboard: everything that can be used has a name', async (t) => {
  const { page } = await show(t)
  for (const place of PLACES) {
    await lookAt(page, place)
    t.strictSame(await page.evaluate(NAMELESS), [], place)
  }
})

t.test('dashboard: where others reach it, it asks for the token first', async (t) => {
  const text = { admin: { listen: '0.0.0.0:0' }, functions: { app } }
  const { page, gateway, faults } = await show(t, { text })
  await page.getByLabel('Token').waitFor()
  t.notOk((await page.content()).includes('app.test'))
  await signIn(page, 'x'.repeat(43))
  await page.getByText('This is not the token of this gateway.').waitFor()
  await signIn(page, gateway.token)
  await page.getByRole('row', { name: /^app / }).waitFor()
  await gateway.ask('/')
  await page.getByRole('row', { name: /^app / }).getByText('ready', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByLabel('Token').waitFor()
  // A browser notes every 401 in its console.
  t.strictSame(
    faults.filter((fault) => !fault.includes('status of 401')),
    [],
  )
})

/** Scrolls for a while and resolves with how the frames came. */
const SCROLL = `new Promise((resolve) => {
  const long = []
  new PerformanceObserver((list) => long.push(...list.getEntries().map((e) => e.duration))).observe({ type: 'longtask' })
  const frames = []
  let last = performance.now()
  const end = last + 3000
  const step = (now) => {
    frames.push(now - last)
    last = now
    scrollBy(0, frames.length % 120 < 60 ? 90 : -90)
    if (now < end) requestAnimationFrame(step)
    else resolve({ frames, long })
  }
  requestAnimationFrame(step)
})`

const quantile = (values: readonly number[], q: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(q * (values.length - 1))] ?? 0

t.test('dashboard: 200 functions of which many change can be scrolled', async (t) => {
  const names = Array.from({ length: 200 }, (_, i) => `function-${String(i).padStart(3, '0')}`)
  const functions = Object.fromEntries(names.map((name) => [name, { ...app, onCold: 'hold' }]))
  const { page, gateway, faults } = await show(t, { text: { functions } })
  const rows = page.locator('.functions tbody tr')
  await page.getByText('of 200 functions').waitFor()
  t.equal(await rows.count(), 200)
  const woken = names.slice(0, 8)
  await Promise.all(woken.map((fn) => gateway.ask('/', { fn })))
  const over = new AbortController()
  const load = woken.map(async (fn) => {
    while (!over.signal.aborted) await gateway.ask('/slow?ms=20', { fn })
  })
  const { frames, long } = (await page.evaluate(SCROLL)) as Record<'frames' | 'long', number[]>
  over.abort()
  await Promise.all(load)
  t.comment(
    `${frames.length} frames, median ${quantile(frames, 0.5).toFixed(1)} ms, p95 ${quantile(frames, 0.95).toFixed(1)} ms; ` +
      `${long.length} tasks of 50 ms or more, the longest ${Math.max(0, ...long)} ms`,
  )
  await page.getByRole('button', { name: /^ready 8/ }).click()
  t.equal(await rows.count(), 8)
  t.strictSame(faults, [])
})
