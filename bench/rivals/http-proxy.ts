import { nodeRival } from './node-rival.ts'

export const httpProxy = nodeRival('http-proxy', 'http-proxy.mjs', 'http-proxy')
