// Builds the dashboard after `npm ci` in a checkout, so that `npm start` serves it. What it is built with is for
// development only: where that was left out (`npm ci --omit=dev`) there is nothing to do, and the admin listener says so.
import { fileURLToPath } from 'node:url'

const vite = await import('vite').catch(() => undefined)
if (vite) {
  const configFile = fileURLToPath(new URL('vite.config.ts', import.meta.url))
  await vite.build({ configFile, logLevel: 'warn' })
}
