/** How the dashboard is built: static files whose names hold a hash, nothing inline, nothing from another host. */

import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  root: at('.'),
  base: '/',
  publicDir: false,
  build: {
    outDir: at('../dist/dashboard'),
    emptyOutDir: true,
    target: 'es2022',
    // A data: address would need a hole in the policy.
    assetsInlineLimit: 0,
    modulePreload: false,
    // Of what is built into it: the packages are not there where it is served.
    license: { fileName: 'licenses.md' },
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
})
