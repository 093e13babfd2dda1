/** The dashboard in a real Chromium against a running gateway: what it shows as it happens, and what one can order. */

import t, { type Test } from 'tap'
import type { Page } from 'playwright-core'

import { openBrowser } from '../support/browser.ts'
import {
  type ShowParts,
  type Shown,
  buildDashboard,
  showDashboard,
  signIn,
} from '../support/dashboard.ts'
import { type World, onDocker, onProcesses } from '../support/world.ts'

const browser = await openBrowser(t)
const built = await buildDashboard(t)

const show = (t: Test, world: World, over: Partial<ShowParts> = {}): Promise<Shown> =>
  showDashboard(t, { browser, built, world, text: { functions: { app: world.app() } }, ...over })

const rowOf = (page: Page, fn = 'app') => page.getByRole('row', { name: new RegExp(`^${fn} `) })

/** Until the row says so. */
const says = (page: Page, text: string | RegExp, fn = 'app'): Promise<void> =>
  rowOf(page, fn).getByText(text).first().waitFor()

const SLEEPY = { idle: { pauseAfter: '10m' } }

await onProcesses(t, {
  'dashboard: a cold start appears, with what caused it and its phases': async (t, world) => {
    const { page, gateway, faults } = await show(t, world)
    await says(page, 'cold')
    await says(page, 'never')
    await gateway.ask('/a/b?secret=x')
    await says(page, 'ready')
    await says(page, 'app.test/a/b from 127.0.0.1')
    await page.getByRole('link', { name: 'app', exact: true }).click()
    const panel = page.getByRole('complementary', { name: 'Function app' })
    await panel.getByText('until it answers').waitFor()
    await panel.getByRole('img', { name: /starting for .*ready for/ }).waitFor()
    await panel.getByRole('row', { name: /^cold \d/ }).waitFor()
    t.notOk((await page.content()).includes('secret=x'))
    t.strictSame(faults, [])
  },

  'dashboard: wake, pause, stop and keep-warm do what they say': async (t, world) => {
    const text = { functions: { app: world.app(SLEEPY) } }
    const { page, gateway, faults } = await show(t, world, { text })
    await page.getByRole('button', { name: 'Wake app' }).click()
    await signIn(page, gateway.token)
    t.match(await gateway.until('woke'), { why: 'operator' })
    await says(page, 'ready')
    await page.getByRole('button', { name: 'Pause app' }).click()
    await gateway.until('paused')
    await says(page, 'paused')
    await page.getByRole('link', { name: 'app', exact: true }).click()
    await page.getByLabel('Keep warm for').selectOption('8h')
    await page.getByRole('button', { name: 'Keep warm' }).click()
    await page.getByRole('status').getByText('Keeping app warm').waitFor()
    t.ok(Number((await gateway.status()).warmUntil) > Date.now() + 7 * 3_600_000)
    await page.getByRole('button', { name: 'Let it sleep again' }).click()
    await page.getByRole('button', { name: 'Keep warm' }).waitFor()
    await page.getByRole('button', { name: 'Stop', exact: true }).click()
    await gateway.until('stopped')
    await says(page, 'cold')
    t.strictSame(faults, [])
  },

  'dashboard: requests and output are shown as they come': async (t, world) => {
    const { page, gateway, faults } = await show(t, world, { place: '#/functions/app' })
    await page.getByText('Each request as it finishes').waitFor()
    await gateway.ask('/echo?token=s3cr3t', { method: 'POST', body: 'x' })
    await page.getByRole('row', { name: /cold 200 POST \/echo/ }).waitFor()
    await page.getByRole('tab', { name: 'logs' }).click()
    await page.getByRole('button', { name: 'Sign in to see it' }).click()
    await signIn(page, gateway.token)
    await gateway.ask('/print?line=hello-from-app')
    await page.getByRole('log').getByText('hello-from-app').waitFor()
    await page.getByRole('tab', { name: 'events' }).click()
    await page.getByRole('row', { name: /ready .* cold in/ }).waitFor()
    t.notOk((await page.content()).includes('s3cr3t'))
    t.strictSame(faults, [])
  },

  'dashboard: a start that fails is shown with its reason': async (t, world) => {
    const text = { functions: { app: world.app({ env: { EXIT_AT_ONCE: '3' } }) } }
    const { page, gateway } = await show(t, world, { text })
    await gateway.ask('/')
    await says(page, /^failed/)
    await page.goto(`${gateway.adminUrl}/#/functions/app`)
    await page.getByRole('region', { name: 'Last failure' }).getByText('exited').first().waitFor()
  },

  'dashboard: search, filters and order find a function': async (t, world) => {
    const names = ['alpha', 'beta', 'gamma', 'delta']
    const functions = Object.fromEntries(names.map((name) => [name, world.app()]))
    const { page, gateway } = await show(t, world, { text: { functions } })
    await gateway.ask('/', { fn: 'gamma' })
    await says(page, 'ready', 'gamma')
    const shown = () => page.locator('.functions .name-link').allTextContents()
    t.strictSame(await shown(), names)
    await page.getByRole('button', { name: 'Last wake' }).click()
    t.strictSame(await shown(), ['gamma', 'alpha', 'beta', 'delta'])
    await page.getByRole('searchbox').fill('ta.test')
    t.strictSame(await shown(), ['beta', 'delta'])
    await page.getByRole('searchbox').fill('')
    await page.getByRole('button', { name: /^ready/ }).click()
    t.strictSame(await shown(), ['gamma'])
  },

  'dashboard: the keyboard is enough': async (t, world) => {
    const functions = { app: world.app(), other: world.app() }
    const { page, gateway } = await show(t, world, { text: { functions } })
    await says(page, 'cold')
    const focused = () => page.evaluate('document.activeElement.textContent')
    await page.keyboard.press('/')
    await page.keyboard.type('app')
    await rowOf(page, 'other').waitFor({ state: 'detached' })
    await page.keyboard.press('Control+A')
    await page.keyboard.press('Delete')
    await rowOf(page, 'other').waitFor()
    await page.locator('#fn-app').focus()
    await page.keyboard.press('ArrowDown')
    t.equal(await focused(), 'other')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    // Its wake button asks for the token; the dialog has the focus.
    await page.waitForFunction(`document.activeElement.id === 'token'`)
    await page.keyboard.type(gateway.token)
    await page.keyboard.press('Enter')
    await gateway.until('ready', 'other')
    await page.locator('#fn-app').focus()
    await page.keyboard.press('Enter')
    await page.getByRole('complementary', { name: 'Function app' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('complementary').waitFor({ state: 'detached' })
    t.equal(await focused(), 'app')
  },

  'dashboard: a gateway that goes away is said, and found again': async (t, world) => {
    const { page, gateway } = await show(t, world)
    await says(page, 'cold')
    await page.context().setOffline(true)
    await page.getByText('no answer').first().waitFor()
    await page.context().setOffline(false)
    await page.getByText('live').first().waitFor()
    await gateway.ask('/')
    await says(page, 'ready')
  },
})

await onDocker(t, {
  'dashboard: a container is woken and stopped': async (t, world) => {
    const { page, gateway, faults } = await show(t, world)
    await page.getByRole('button', { name: 'Wake app' }).click()
    await signIn(page, gateway.token)
    await gateway.until('ready')
    await says(page, 'ready')
    await page.getByRole('button', { name: 'Stop app' }).click()
    await gateway.until('stopped')
    await says(page, 'cold')
    t.strictSame(faults, [])
  },
})
