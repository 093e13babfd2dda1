/** How the program begins. */

import { readFileSync } from 'node:fs'
import t from 'tap'

import { GatewayProcess } from '../outside/gateway-process.ts'
import { onProcesses } from '../support/world.ts'

await onProcesses(t, {
  'serve: bounds its young generation and is still the process that was started': async (
    t,
    world,
  ) => {
    const text = { functions: { app: world.app() } }
    const shell = 'echo "pid $$"; exec "$@"'
    const { program } = await GatewayProcess.start(t, world, { text, shell })
    await program.log({ msg: 'listening', what: 'http' })
    const [, pid] = program.lines.map((line) => /^pid (\d+)$/.exec(line)).find((found) => found)!
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    t.equal(words.filter((word) => word.startsWith('--max-semi-space-size=')).length, 1)
    t.match(words.join(' '), /main\.ts serve --config/)
    program.kill('SIGTERM')
    t.strictSame(await program.ended(), { code: 0, signal: null })
  },
})
