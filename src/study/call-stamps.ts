/**
 * Loaded into the gateway before it (`node --import`): stamps `spawn` of a command and the SIGCONT that thaws it, and
 * appends them to the file in this module's own address (`?calls=`). Costs some 20 µs per call, after its end. With
 * `?guard` the gateway ends when its standard input does, so that it does not outlive the study.
 */

import childProcess from 'node:child_process'
import { openSync, writeSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { machineNow } from './machine-time.ts'

const { searchParams } = new URL(import.meta.url)
const file = openSync(searchParams.get('calls') ?? '', 'a')

function stamped<T>(call: string, what: string, act: () => T): T {
  const sent = machineNow()
  const value = act()
  writeSync(file, `${JSON.stringify({ call, what, sent, returned: machineNow() })}\n`)
  return value
}

const original = childProcess.spawn as (...args: unknown[]) => childProcess.ChildProcess
const spawn = (...args: unknown[]): childProcess.ChildProcess => {
  const words = Array.isArray(args[1]) ? (args[1] as string[]) : []
  return stamped('spawn', words.at(-1) ?? '', () => original(...args))
}
Object.assign(childProcess, { spawn })
syncBuiltinESMExports()

const kill = process.kill.bind(process)
process.kill = (pid: number, signal?: string | number): true =>
  signal === 'SIGCONT' ? stamped('SIGCONT', '', () => kill(pid, signal)) : kill(pid, signal)

if (searchParams.has('guard')) {
  process.stdin.on('end', () => process.kill(process.pid, 'SIGTERM'))
  process.stdin.resume()
  process.stdin.unref()
}
