/** All of them. The first three are ours. */

import { caddy } from './caddy.ts'
import { coldfront, coldfrontLogging, coldfrontUnix } from './coldfront.ts'
import { fastProxy } from './fast-proxy.ts'
import { haproxy } from './haproxy.ts'
import { httpProxy } from './http-proxy.ts'
import { nginx } from './nginx.ts'
import { nodeHttpUndici } from './node-http-undici.ts'
import type { Rival } from './rival.ts'

export const RIVALS: readonly Rival[] = [
  coldfront,
  coldfrontUnix,
  coldfrontLogging,
  nginx,
  haproxy,
  caddy,
  nodeHttpUndici,
  fastProxy,
  httpProxy,
]
