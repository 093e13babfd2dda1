/** The waiting page in a real Chromium: what a person at a browser sees of a cold start, and that they arrive. */

import t, { type Test } from 'tap'
import type { BrowserContextOptions } from 'playwright-core'

import { type Visit, openBrowser, openPage } from '../support/browser.ts'
import { READY_BY_GATE, type TestGateway, startGateway } from '../support/gateway.ts'
import { type Options, type World, forEachRuntime, onProcesses } from '../support/world.ts'

const browser = await openBrowser(t)

interface Visitor extends Visit {
  readonly gateway: TestGateway
  /** Of the function, as a browser asks for it. */
  readonly home: string
}

/** The page's own status is a 503, which a browser notes in its console. */
const isExpected = (fault: string): boolean => fault.includes('status of 503')

async function visitor(
  t: Test,
  world: World,
  over: Options,
  options: BrowserContextOptions = {},
): Promise<Visitor> {
  const text = { functions: { app: world.app({ onCold: 'auto', ...over }) } }
  const gateway = await startGateway(t, world, text)
  const home = `http://app.test:${gateway.port}`
  const visit = await openPage(t, browser, home, options)
  return { ...visit, gateway, home }
}

const unexpected = ({ faults }: Visit): string[] => faults.filter((fault) => !isExpected(fault))

await forEachRuntime(t, {
  'waiting page: a browser sees how far the start is, and arrives where it wanted to': async (
    t,
    world,
  ) => {
    const visit = await visitor(t, world, READY_BY_GATE)
    const { page, gateway, home } = visit
    await page.goto(`${home}/echo?b=c#part`)
    t.equal(await page.getByRole('heading').textContent(), 'app is starting')
    await page.getByText('Started, waiting until it answers').waitFor()
    await gateway.open('ready')
    await page.getByText('"target":"/echo?b=c"').waitFor()
    t.equal(page.url(), `${home}/echo?b=c#part`)
    t.equal(gateway.log.all('started').length, 1)
    t.strictSame(unexpected(visit), [])
  },
})

await onProcesses(t, {
  'waiting page: the second time it knows how long it usually takes': async (t, world) => {
    const { page, gateway, home } = await visitor(t, world, READY_BY_GATE)
    await page.goto(home)
    await gateway.open('ready')
    await page.getByText('"requests":').waitFor()
    await gateway.admin('/api/v1/functions/app/stop', 'POST')
    await gateway.until('stopped')
    await page.goto(home)
    await page
      .getByText(/^(Usually it takes about \d+ s|This takes longer than usual)\.$/)
      .waitFor()
    await gateway.open('ready')
    await page.getByText('"requests":').waitFor()
  },

  'waiting page: a form is held, and arrives with its method and its body': async (t, world) => {
    const { page, gateway, home } = await visitor(t, world, { onCold: 'page' })
    await page.route('http://form.test/', (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: `<form method="post" action="${home}/echo"><input name="a" value="b"><button>Go</button></form>`,
      }),
    )
    await page.goto('http://form.test/')
    await page.getByRole('button', { name: 'Go' }).click()
    await page.getByText('"method":"POST"').waitFor()
    t.match(await page.textContent('body'), '"body":"a=b"')
    t.match(await gateway.log.finished('app', 1), [{ method: 'POST', start: 'cold' }])
  },

  'waiting page: a failed start is said, with when it is tried again': async (t, world) => {
    const visit = await visitor(t, world, { env: { EXIT_AT_ONCE: '3' } })
    const { page, home } = visit
    await page.goto(home)
    await page.getByRole('heading', { name: 'app could not be started' }).waitFor()
    await page.getByText(/^It is tried again /).waitFor()
    t.notOk((await page.content()).includes('exited'), 'why is for the log')
    t.strictSame(unexpected(visit), [])
  },

  'waiting page: without JavaScript it is loaded again until the function answers': async (
    t,
    world,
  ) => {
    const { page, gateway, home } = await visitor(t, world, READY_BY_GATE, {
      javaScriptEnabled: false,
    })
    await page.goto(`${home}/echo?b=c`)
    await page.getByText(/^This page looks again every \d+ s\.$/).waitFor()
    await gateway.open('ready')
    await page.getByText('"target":"/echo?b=c"').waitFor()
  },

  'waiting page: it is dark where the browser is, and fits a phone': async (t, world) => {
    const { page, home } = await visitor(t, world, READY_BY_GATE, {
      colorScheme: 'dark',
      viewport: { width: 320, height: 640 },
    })
    await page.goto(home)
    const back = await page.evaluate('getComputedStyle(document.body).backgroundColor')
    t.equal(back, 'rgb(21, 23, 26)')
    t.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'))
  },
})
