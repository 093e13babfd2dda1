/** A function that runs as a child process, with plain settings; test/support/app.mjs unless told otherwise. */

import { fileURLToPath } from 'node:url'
import type { CommandSpec, FunctionSpec } from '../../src/domain/function.ts'
import { functionId } from '../../src/domain/ids.ts'
import { functionSpec } from './function-spec.ts'

export const APP = fileURLToPath(new URL('app.mjs', import.meta.url))

const COMMAND: CommandSpec = {
  k: 'command',
  command: [process.execPath, APP],
  workdir: '/',
  env: {},
  listening: undefined,
  user: undefined,
}

export function commandFunction(spec: Partial<CommandSpec> = {}): FunctionSpec {
  return functionSpec({ id: functionId('app'), runtime: 'process', spec: { ...COMMAND, ...spec } })
}
