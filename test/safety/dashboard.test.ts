/** Attacks on the dashboard: scripts in what it shows, pages that frame it or order in its name, files beside it. */

import t from 'tap'

import { openBrowser, openPage } from '../support/browser.ts'
import { buildDashboard, signIn } from '../support/dashboard.ts'
import { type TestGateway, startGateway } from '../support/gateway.ts'
import { type Answered, httpAsk } from '../support/http-ask.ts'
import { APP } from '../support/command-function.ts'

const browser = await openBrowser(t)
const dashboard = await buildDashboard(t)
const world = { settings: { runtime: 'process' } }
const functions = { app: { command: [process.execPath, APP] } }

const start = (t: Parameters<typeof startGateway>[0], listen = '127.0.0.1:0') =>
  startGateway(t, world, { admin: { listen }, functions }, { dashboard })

function adminAsk(
  gateway: TestGateway,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<Answered> {
  const { port } = new URL(gateway.adminUrl)
  return httpAsk(
    { host: '127.0.0.1', port: Number(port) },
    { path, headers, method, host: '127.0.0.1' },
  )
}

t.test('dashboard: its files are for all, and nothing beside them is', async (t) => {
  const gateway = await start(t, '0.0.0.0:0')
  const page = await adminAsk(gateway, '/')
  t.match(page, { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } })
  const policy = String(page.headers['content-security-policy'])
  for (const rule of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"])
    t.ok(policy.includes(rule), rule)
  t.notMatch(policy, /unsafe|https?:|\*/)
  for (const [, name = ''] of page.text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g))
    t.equal((await adminAsk(gateway, name)).status, 200, name)
  for (const path of [
    '/assets/../index.html',
    '/assets/..%2f..%2f..%2fpackage.json',
    '/assets/../../../state/token',
    '/assets/',
    '/index.html',
  ])
    t.notOk([200, 304].includes((await adminAsk(gateway, path)).status), path)
  t.equal((await adminAsk(gateway, '/api/v1/overview')).status, 401)
  t.equal((await adminAsk(gateway, '/api/v1/requests')).status, 401)
})

t.test('dashboard: what a browser sends by itself orders nothing', async (t) => {
  const gateway = await start(t)
  const { token } = gateway
  const path = '/api/v1/functions/app/wake'
  const json = { 'content-type': 'application/json' }
  for (const headers of [
    { ...json, cookie: `token=${token}; coldfront.token=${token}` },
    { ...json, authorization: `Basic ${btoa(`admin:${token}`)}` },
  ] as Record<string, string>[])
    t.equal((await adminAsk(gateway, path, headers, 'POST')).status, 401)
  t.equal((await adminAsk(gateway, '/')).headers['set-cookie'], undefined)
})

t.test('dashboard: what functions and clients say is shown as text', async (t) => {
  const gateway = await start(t)
  const bad = '<img src=x onerror=alert(1)><script>alert(2)</script>'
  const { page, faults } = await openPage(t, browser, gateway.adminUrl)
  page.on('dialog', (dialog) => t.fail(`a script ran: ${dialog.message()}`))
  await page.goto(`${gateway.adminUrl}/#/functions/app`)
  await page.getByText('Each request as it finishes').waitFor()
  await gateway.ask(`/print?line=${encodeURIComponent(bad)}`, { headers: { 'user-agent': bad } })
  await gateway.ask(`/${encodeURI(bad)}`)
  await page.getByRole('row', { name: /onerror=alert/ }).waitFor()
  await page.getByRole('tab', { name: 'logs' }).click()
  await page.getByRole('button', { name: 'Sign in to see it' }).click()
  await signIn(page, gateway.token)
  await page.getByRole('log').getByText(bad).waitFor()
  t.equal(await page.locator('img').count(), 0)
  t.strictSame(faults, [])
})

t.test('dashboard: no page of another origin frames it or orders through it', async (t) => {
  const gateway = await start(t)
  const html = `<!doctype html><iframe src="${gateway.adminUrl}/"></iframe><script>
    fetch('${gateway.adminUrl}/api/v1/functions/app/wake', { method: 'POST', mode: 'no-cors', body: '{}' })
      .catch(() => 0).then(() => (document.title = 'tried'))</script>`
  const { page } = await openPage(t, browser, gateway.adminUrl)
  await page.route('http://evil.example/**', (route) =>
    route.fulfill({ contentType: 'text/html', body: html }),
  )
  await page.goto(gateway.adminUrl)
  await signInFromTheBar(page, gateway.token)
  await page.goto('http://evil.example/')
  await page.waitForFunction(`document.title === 'tried'`)
  t.equal(gateway.log.all('woke').length, 0)
  const frame = page.frames().find((frame) => frame !== page.mainFrame())
  t.notOk((await frame?.content().catch(() => ''))?.includes('root'), 'the frame is empty')
})

async function signInFromTheBar(page: Parameters<typeof signIn>[0], token: string): Promise<void> {
  await page.getByRole('button', { name: 'Sign in' }).click()
  await signIn(page, token)
  await page.getByRole('button', { name: 'Sign out' }).waitFor()
}
