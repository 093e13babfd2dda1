// Preloaded into the gateway (`node --import`): stamps the system's counterparts of engine calls, `spawn` of a command
// and the SIGCONT that thaws it, and writes them to the file that COLDFRONT_BENCH_CALLS names. Costs some 20 µs per
// call, after its end; nothing else of the gateway is touched.
import childProcess from 'node:child_process'
import { openSync, writeSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const now = () => Number(process.hrtime.bigint()) / 1e6
const file = openSync(process.env.COLDFRONT_BENCH_CALLS, 'a')

function stamped(call, what, act) {
  const sent = now()
  const value = act()
  writeSync(file, `${JSON.stringify({ call, what, sent, returned: now() })}\n`)
  return value
}

const { spawn } = childProcess
childProcess.spawn = (program, args, options) =>
  stamped('spawn', args?.at(-1) ?? '', () => spawn(program, args, options))
syncBuiltinESMExports()

const kill = process.kill.bind(process)
process.kill = (pid, signal) =>
  signal === 'SIGCONT' ? stamped('SIGCONT', '', () => kill(pid, signal)) : kill(pid, signal)
