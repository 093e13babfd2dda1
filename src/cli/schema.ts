/** `coldfront schema`: the JSON Schema of gateway.yaml. */

import { EXIT } from './exit-code.ts'
import { editorSchema } from '../config/editor-schema.ts'
import type { Call } from './command.ts'

export function schema({ shell }: Call): Promise<number> {
  shell.out(`${JSON.stringify(editorSchema(), undefined, 2)}\n`)
  return Promise.resolve(EXIT.ok)
}
