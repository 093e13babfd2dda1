import { nodeRival } from './node-rival.ts'

export const fastProxy = nodeRival('fast-proxy', 'fast-proxy.mjs', 'fast-proxy')
