/** What a start loads, and what it need not: each of these libraries costs more than all of the gateway's own code. */

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

import { GatewayProcess } from '../outside/gateway-process.ts'
import { Program, plainEnv } from '../support/program.ts'
import { tempDir } from '../support/temp-dir.ts'
import { onProcesses } from '../support/world.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const TELLING = ['--import', new URL('../support/tell-loaded.mjs', import.meta.url).href]
const LIBRARY = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//

/** The packages of npm that were loaded. */
function librariesOf({ lines }: Program): string[] {
  const loaded = lines.filter((line) => line.startsWith('loaded '))
  return [...new Set(loaded.flatMap((line) => LIBRARY.exec(line)?.[1] ?? []))].sort()
}

async function command(
  t: Parameters<typeof tempDir>[0],
  words: readonly string[],
): Promise<Program> {
  const args = [...TELLING, MAIN, ...words]
  const program = new Program(t, { file: process.execPath, args, env: plainEnv(), cwd: tempDir(t) })
  await program.ended()
  return program
}

for (const words of [['version'], ['--help'], ['completion', 'bash']]) {
  t.test(`loading: ${words.join(' ')} loads no library, and no gateway`, async (t) => {
    const program = await command(t, words)
    t.strictSame(librariesOf(program), [])
    t.ok(program.lines.some((line) => line.endsWith('/src/cli/run.ts')))
    t.strictSame(
      program.lines.filter((line) => /\/src\/(gateway\.ts|config\/|proxy\/|admin\/)/.test(line)),
      [],
    )
  })
}

t.test('loading: what a command compiled is there for the next one', async (t) => {
  const XDG_CACHE_HOME = tempDir(t)
  const env = { ...plainEnv(), XDG_CACHE_HOME, NODE_DISABLE_COMPILE_CACHE: undefined }
  const args = [MAIN, 'version']
  const program = new Program(t, { file: process.execPath, args, env, cwd: tempDir(t) })
  t.strictSame(await program.ended(), { code: 0, signal: null })
  const [folder = ''] = readdirSync(join(XDG_CACHE_HOME, 'coldfront/code'))
  t.ok(readdirSync(join(XDG_CACHE_HOME, 'coldfront/code', folder)).length > 0)
})

await onProcesses(t, {
  'loading: a gateway of processes loads no library of another kind of function': async (
    t,
    world,
  ) => {
    const text = { functions: { app: world.app() } }
    const { program } = await GatewayProcess.start(t, world, { text, nodeArgs: TELLING })
    t.strictSame(librariesOf(program), ['clone', 'node-cache', 'yaml', 'zod'])
  },
})
