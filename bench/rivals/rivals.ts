/** All of them. The first is ours. */

import { coldfront, coldfrontLogging } from './coldfront.ts'
import { httpProxy } from './http-proxy.ts'
import { nginx } from './nginx.ts'
import { nodeHttpUndici } from './node-http-undici.ts'
import type { Rival } from './rival.ts'

export const RIVALS: readonly Rival[] = [
  coldfront,
  coldfrontLogging,
  nodeHttpUndici,
  httpProxy,
  nginx,
]
