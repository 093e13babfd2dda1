/**
 * The pictures of docs/DASHBOARD.md: five minutes of a small gateway's life, told in seconds by a wall clock that jumps.
 * `npm run screenshots` keeps them; otherwise they are only taken, which fails where a page has a fault.
 */

import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

import { LIMITS } from '../../src/domain/limits.ts'
import { type Clock, systemClock } from '../../src/lib/clock.ts'
import { openBrowser, openPage } from '../support/browser.ts'
import { APP } from '../support/command-function.ts'
import { buildDashboard, signIn } from '../support/dashboard.ts'
import { type TestGateway, startGateway } from '../support/gateway.ts'
import { ROOT } from '../support/package.ts'
import { tempDir } from '../support/temp-dir.ts'

const KEPT = process.env['COLDFRONT_SCREENSHOTS'] === '1'
const dir = KEPT ? join(ROOT, 'docs/images') : tempDir(t)
mkdirSync(dir, { recursive: true })
const BYTES_MAX = 250_000

/** Every step is a slot of the curves; so long it takes. */
const STEP_MS = KEPT ? 110 : 15

class JumpingClock implements Clock {
  #ahead = 0
  readonly now = systemClock.now
  readonly timer = systemClock.timer
  readonly turn = systemClock.turn

  wall(): number {
    return systemClock.wall() + this.#ahead
  }

  jump(ms: number): void {
    this.#ahead += ms
  }
}

const app = (host: string, options: object = {}) => ({
  command: [process.execPath, APP],
  hosts: [host],
  idle: { pauseAfter: '900ms', stopAfter: '4s', removeAfter: 'never' },
  ...options,
})

const functions = {
  shop: app('shop.example.org', { instances: { max: 3 }, concurrency: 2 }),
  api: app('example.org/api/', { env: { LISTEN_DELAY_MS: '120' } }),
  wiki: app('wiki.example.org', { env: { LISTEN_DELAY_MS: '900' } }),
  blog: app('blog.example.org'),
  thumbnails: app('img.example.org', { env: { LISTEN_DELAY_MS: '240' } }),
  reports: app('reports.example.org', { env: { EXIT_AT_ONCE: '3' } }),
  git: app('git.example.org'),
  feeds: app('feeds.example.org', { hosts: ['feeds.example.org', '*.feeds.example.org'] }),
  metrics: { upstream: '127.0.0.1:1', hosts: ['metrics.example.org'] },
}

const CLIENTS = ['203.0.113.24', '198.51.100.7', '192.0.2.140']

function askAll(gateway: TestGateway, step: number): void {
  const ask = (host: string, path: string, i = 0) =>
    void gateway
      .ask(path, { host, headers: { 'x-forwarded-for': CLIENTS[(step + i) % 3] ?? '' } })
      .catch(() => undefined)
  const wave = Math.round(6 + 5 * Math.sin(step / 5) + (step % 7 === 0 ? 4 : 0))
  for (let i = 0; i < wave; i += 1)
    ask('shop.example.org', ['/', '/cart', '/p/1872', '/search?q=x'][i % 4] ?? '/', i)
  if (step % 9 === 3) for (let i = 0; i < 9; i += 1) ask('shop.example.org', '/slow?ms=90', i)
  if (step > 18 && step % 3 !== 0)
    for (let i = 0; i < 2 + (step % 4); i += 1) ask('example.org', '/api/items', i)
  if (step === 9 || step === 40) ask('wiki.example.org', '/Main_Page')
  if (step % 23 < 3) ask('blog.example.org', '/2026/cold-starts')
  if (step % 14 === 2) ask('img.example.org', '/img/64x64/9f1c.webp')
  if (step === 50) ask('reports.example.org', '/daily')
  if (step === 30) ask('git.example.org', '/coldfront.git/info/refs')
}

const dashboard = await buildDashboard(t)
const browser = await openBrowser(t)

t.test('pictures: a gateway at work', async (t) => {
  const clock = new JumpingClock()
  const text = { admin: { listen: '127.0.0.1:0' }, trustedProxies: ['127.0.0.1'], functions }
  const world = { settings: { runtime: 'process' } }
  const gateway = await startGateway(t, world, text, { dashboard, clock, version: '0.1.0' })
  const { page, faults } = await openPage(t, browser, gateway.adminUrl, { colorScheme: 'dark' })
  await page.setViewportSize({ width: 1440, height: 720 })
  const take = async (name: string): Promise<void> => {
    const path = join(dir, `${name}.png`)
    await page.screenshot({ path, animations: 'disabled' })
    t.ok(statSync(path).size < BYTES_MAX, `${name}: ${statSync(path).size} bytes`)
  }
  const live = async (from: number, to: number, stepMs: number): Promise<void> => {
    for (let step = from; step < to; step += 1) {
      askAll(gateway, step)
      await page.waitForTimeout(stepMs)
      clock.jump(LIMITS.activitySlotMs - stepMs)
    }
  }
  /** A little longer than the page's looks are apart. */
  const goOn = (from: number): Promise<void> => live(from, from + 5, 250)
  await page.goto(gateway.adminUrl)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await signIn(page, gateway.token)
  await page.getByRole('button', { name: 'Sign out' }).waitFor()
  await live(0, LIMITS.activitySlots - 1, STEP_MS)
  // Until what was said about signing in is gone, and on until the page has seen the last of it.
  if (KEPT) await page.locator('.notice[data-shown=false]').waitFor({ state: 'attached' })
  await goOn(59)
  await page.mouse.move(0, 0)
  await take('dashboard-dark')
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize({ width: 1440, height: 1_020 })
  await page.evaluate(`location.hash = '#/functions/shop'`)
  await page.getByText('Each request as it finishes').waitFor()
  await goOn(3)
  await take('function-light')
  await page.evaluate(`location.hash = '#/functions'`)
  await page.setViewportSize({ width: 390, height: 844 })
  await goOn(30)
  await take('phone')
  t.strictSame(faults, [])
})

t.test('pictures: the waiting page', async (t) => {
  const world = { settings: { runtime: 'process' } }
  const wiki = { ...app('wiki.test'), onCold: 'auto', readiness: { http: '/ready', timeout: '5m' } }
  const gateway = await startGateway(t, world, { functions: { wiki } })
  const home = `http://wiki.test:${gateway.port}`
  const { page } = await openPage(t, browser, home, { viewport: { width: 720, height: 360 } })
  const wake = async (): Promise<void> => {
    await page.goto(home)
    await page.getByText('Started, waiting until it answers').waitFor()
  }
  await wake()
  // So long it usually takes from then on.
  await page.waitForTimeout(1_500)
  await gateway.open('ready', 'wiki')
  await page.getByText('"requests":').waitFor()
  await gateway.admin('/api/v1/functions/wiki/stop', 'POST')
  await gateway.until('stopped', 'wiki')
  await wake()
  await page.screenshot({ path: join(dir, 'waiting-page.png'), animations: 'disabled' })
  t.ok(statSync(join(dir, 'waiting-page.png')).size < BYTES_MAX)
})
