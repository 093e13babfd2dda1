/** The schema as JSON Schema, for editors: what people may write, with descriptions, defaults and bounds. */

import { z } from 'zod'
import { GatewayFile } from './schema.ts'

/** One node of the JSON Schema, as far as the reference reads it. */
export interface SchemaNode {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly default?: unknown
  readonly minimum?: number
  readonly maximum?: number
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly items?: SchemaNode
  readonly additionalProperties?: SchemaNode | false
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, SchemaNode>>
  readonly 'x-unit'?: string
  readonly 'x-minimum'?: string | number
  readonly 'x-maximum'?: string | number
}

/** `gateway.schema.json` as a value. */
export function editorSchema(): SchemaNode {
  return z.toJSONSchema(GatewayFile, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      // The default of a group is what its options come to, in ms and bytes: nothing to write in a file.
      if (zodSchema instanceof z.ZodDefault) delete jsonSchema.default
    },
  }) as SchemaNode
}
