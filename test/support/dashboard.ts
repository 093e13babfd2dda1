/** The dashboard of a test gateway in a real browser: built from what is in the checkout now, once per test file. */

import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import type { Test } from 'tap'
import { build } from 'vite'

import { type Visit, openPage } from './browser.ts'
import { type GatewayText, type TestGateway, startGateway } from './gateway.ts'
import { ROOT } from './package.ts'
import { tempDir } from './temp-dir.ts'
import type { World } from './world.ts'

/** The directory with the built files; goes with the test. */
export async function buildDashboard(t: { teardown(fn: () => unknown): void }): Promise<string> {
  const outDir = tempDir(t)
  await build({
    configFile: `${ROOT}dashboard/vite.config.ts`,
    logLevel: 'error',
    build: { outDir },
  })
  return outDir
}

export interface Shown extends Visit {
  readonly gateway: TestGateway
}

export interface ShowParts {
  readonly browser: Browser
  readonly built: string
  readonly world: Pick<World, 'settings'>
  readonly text: GatewayText
  readonly options?: BrowserContextOptions
  /** Of the page, behind the address. */
  readonly place?: string
}

/** A gateway with its dashboard open. */
export async function showDashboard(t: Test, parts: ShowParts): Promise<Shown> {
  const { browser, built, world, text, options = {}, place = '' } = parts
  const whole = { admin: { listen: '127.0.0.1:0' }, ...text }
  const gateway = await startGateway(t, world, whole, { dashboard: built })
  const visit = await openPage(t, browser, gateway.adminUrl, options)
  await visit.page.goto(`${gateway.adminUrl}/${place}`)
  return { ...visit, gateway }
}

/** As a person does it, in the dialog that is open. */
export async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel('Token').fill(token)
  await page.getByRole('button', { name: 'Sign in', exact: true }).last().click()
}
