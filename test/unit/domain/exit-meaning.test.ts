/** What an exit code says to the operator. */

import t from 'tap'

import { meaningOf } from '../../../src/domain/exit-meaning.ts'

const exit = (code: number | undefined, more: object = {}) =>
  meaningOf({ code, signal: undefined, oomKilled: false, ...more })

t.test('exit: codes that shells use are told apart, each with what to do next', async (t) => {
  t.match(exit(127), { reason: 'command_missing', message: /127.*not found: correct command:/ })
  t.match(exit(126), { reason: 'command_missing', message: /126.*cannot be run: make it exec/ })
  t.match(exit(0), { reason: 'exited', message: /code 0.*: let it stay in the foreground/ })
  t.match(exit(3), { reason: 'exited', message: /code 3: its last lines may say why/ })
  t.match(exit(undefined), { reason: 'exited', message: /code unknown: / })
})

t.test(
  'exit: the memory limit counts more than the code or the signal that it ended with',
  async (t) => {
    const killed = { signal: 'SIGKILL', oomKilled: true }
    t.match(exit(137, killed), { reason: 'oom_killed', message: /memory limit: raise memory:/ })
    t.match(exit(undefined, { signal: 'SIGTERM' }), { reason: 'exited', message: /by SIGTERM: / })
  },
)
