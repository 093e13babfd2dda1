import { nodeRival } from './node-rival.ts'

export const nodeHttpUndici = nodeRival('node:http + undici', 'node-http-undici.mjs', 'undici')
