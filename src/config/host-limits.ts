/** What of the configuration bounds all functions together, under the names of the activator. */

import type { Config } from './config.ts'

export const hostLimitsOf = ({ starts, budget, hold }: Config) => ({
  startsConcurrent: starts.concurrent,
  instancesTotal: budget.instances,
  memoryTotal: budget.memory,
  memoryEach: budget.memoryEach,
  whenFull: budget.whenFull,
  waitersTotal: hold.waitersTotal,
})
