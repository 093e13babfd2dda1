/** For `--import`: prints the address of each module that is loaded, Node's own too. */

import { writeSync } from 'node:fs'
import { registerHooks } from 'node:module'

registerHooks({
  load: (url, context, next) => {
    writeSync(2, `loaded ${url}\n`)
    return next(url, context)
  },
})
