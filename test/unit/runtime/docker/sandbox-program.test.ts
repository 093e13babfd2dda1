/** The program that a sandbox runs: small enough to be read, and run here where the machine can. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import {
  sandboxArchive,
  sandboxProgram,
  sandboxTag,
} from '../../../../src/runtime/docker/sandbox-program.ts'
import { tempDir } from '../../../support/temp-dir.ts'

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' }

t.test('sandbox program: it waits, and goes on waiting, until a signal ends it', async (t) => {
  const architecture = ARCHITECTURES[process.arch]
  if (process.platform !== 'linux' || architecture === undefined)
    return t.pass('no Linux on x86_64 or aarch64', { skip: 'it cannot run here' })
  const file = join(tempDir(t), 'pause')
  writeFileSync(file, sandboxProgram(architecture), { mode: 0o755 })
  const child = spawn(file, { stdio: 'ignore' })
  t.teardown(() => child.kill('SIGKILL'))
  const ended = once(child, 'exit')
  await once(child, 'spawn')
  const state = (): string | undefined =>
    /\) (\S) /.exec(readFileSync(`/proc/${child.pid}/stat`, 'utf8'))?.[1]
  while (child.exitCode === null && child.signalCode === null && state() !== 'S')
    await new Promise((resolve) => void setImmediate(resolve))
  t.equal(state(), 'S', 'asleep')
  child.kill('SIGCONT')
  child.kill('SIGTERM')
  t.same(await ended, [null, 'SIGTERM'], 'by the signal, not by a fault')
})

t.test('sandbox program: both architectures are whole programs of one segment', async (t) => {
  for (const [architecture, machine] of [
    ['x86_64', 62],
    ['amd64', 62],
    ['aarch64', 183],
    ['arm64', 183],
  ] as const) {
    const program = sandboxProgram(architecture)
    t.equal(program.subarray(0, 4).toString('latin1'), '\u007fELF')
    t.equal(program.readUInt16LE(18), machine)
    t.equal(program.readBigUInt64LE(24), 0x40_0078n, 'it begins after the headers')
    t.equal(Number(program.readBigUInt64LE(64 + 32)), program.length, 'all of it is loaded')
    t.ok(program.length < 200)
  }
  t.equal(sandboxTag(sandboxProgram('x86_64')), sandboxTag(sandboxProgram('amd64')))
  t.not(sandboxTag(sandboxProgram('x86_64')), sandboxTag(sandboxProgram('aarch64')))
})

t.test('sandbox program: what it is not written for is told with what to do', async (t) => {
  const refused = (message: RegExp) => ({ name: 'RuntimeError', reason: 'refused', message })
  t.throws(() => sandboxProgram('riscv64'), refused(/riscv64: leave it out/))
  t.throws(() => sandboxProgram('constructor'), refused(/constructor/))
  t.throws(() => sandboxProgram(undefined), refused(/GET \/info/))
})

t.test(
  'sandbox program: its archive is in whole blocks, with a checksum that is right',
  async (t) => {
    const program = sandboxProgram('x86_64')
    const archive = sandboxArchive(program)
    t.equal(archive.length % 512, 0)
    t.equal(archive.subarray(0, 5).toString('latin1'), 'pause')
    const size = Number.parseInt(archive.subarray(124, 135).toString('latin1'), 8)
    t.same(archive.subarray(512, 512 + size), program)
    const header = Buffer.from(archive.subarray(0, 512))
    const told = Number.parseInt(header.subarray(148, 154).toString('latin1'), 8)
    header.fill(' ', 148, 156)
    t.equal(
      header.reduce((sum, byte) => sum + byte, 0),
      told,
    )
  },
)
