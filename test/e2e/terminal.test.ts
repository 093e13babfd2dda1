/** What commands show at a real terminal, and that they leave it as it was. */

import { fileURLToPath } from 'node:url'
import t from 'tap'

import { type TestGateway, startGateway } from '../support/gateway.ts'
import { TerminalProgram, noTerminal } from '../support/terminal-program.ts'
import { type World, onProcesses } from '../support/world.ts'

/** The other screen, without a cursor; and back. */
const OPEN = '\u001b[?1049h\u001b[?25l'
const CLOSE = '\u001b[?25h\u001b[?1049l'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

const command = (gateway: TestGateway, ...words: string[]): string[] => [
  process.execPath,
  MAIN,
  ...words,
  '--config',
  `${gateway.dir}/gateway.yaml`,
]

const gatewayWith = (t: Parameters<typeof startGateway>[0], world: World) =>
  startGateway(t, world, { functions: { app: world.app(), other: world.app() } })

t.test('at a terminal', { skip: noTerminal() }, (t) =>
  onProcesses(t, {
    'top: shows functions live, and gives the terminal back': async (t, world) => {
      const gateway = await gatewayWith(t, world)
      for (const quit of ['q', '\u0003']) {
        const top = new TerminalProgram(t, command(gateway, 'top'))
        await top.shows(OPEN)
        await top.shows(/coldfront [^ ]+, up .*2 functions/)
        await top.shows(/app +(cold|ready) /)
        await gateway.ask('/')
        await top.shows(/app +ready +1 ready/)
        top.type('s')
        await top.shows(/order: activity/)
        top.type(quit)
        await top.shows(CLOSE)
        await top.shows(/code=0/)
        await top.ended()
        t.match(top.shown, / icanon /, 'lines are lines again')
        t.match(top.shown, / echo /, 'what one types is seen again')
      }
    },

    'top: says when the gateway is gone, and goes on when it is back': async (t, world) => {
      const gateway = await gatewayWith(t, world)
      const top = new TerminalProgram(t, command(gateway, 'top'))
      await top.shows(/2 functions/)
      await gateway.close()
      await top.shows(/no gateway is running/)
      await startGateway(t, world, { functions: { app: world.app() } }, { dir: gateway.dir })
      await top.shows(/1 functions?: 1 cold/)
      top.type('q')
      await top.shows(/code=0/)
    },

    'top: without a gateway leaves the terminal alone': async (t, world) => {
      const gateway = await gatewayWith(t, world)
      await gateway.close()
      const top = new TerminalProgram(t, command(gateway, 'top'))
      await top.shows(/no gateway is running/)
      t.notMatch(top.shown, OPEN)
      await top.shows(/code=1/)
    },

    'wake: shows what goes on, then only how it went': async (t, world) => {
      const gateway = await gatewayWith(t, world)
      const wake = new TerminalProgram(t, command(gateway, 'wake', 'app'))
      await wake.shows(/app: waking … 0\.0 s/)
      await wake.shows('\r\u001b[Kapp is ready after ')
      await wake.shows(/code=0/)
    },
  }),
)
