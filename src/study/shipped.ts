/** The plans that come with the program, by name. */

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** In the order in which one would run them. */
export const SHIPPED: readonly string[] = ['quick', 'tiers', 'runtimes', 'sandbox']

/** The file of a plan that was named by a file or by one of `SHIPPED`. A file of that name goes first. */
export function planFile(named: string): string {
  if (!SHIPPED.includes(named) || existsSync(named)) return named
  // Beside `src` here, and beside `dist` in the published package.
  return fileURLToPath(new URL(`../../studies/${named}.yaml`, import.meta.url))
}
