import t from 'tap'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, openSync, read, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { descriptorOutput } from '../../../src/cli/stdout-output.ts'
import { systemClock } from '../../../src/lib/clock.ts'
import { tempDir } from '../../support/temp-dir.ts'

const MODULE = fileURLToPath(new URL('../../../src/cli/stdout-output.ts', import.meta.url))
const CLOCK = fileURLToPath(new URL('../../../src/lib/clock.ts', import.meta.url))
const BYTES = 1_000_000

type Teardown = { teardown(fn: () => unknown): void }

const write = (output: ReturnType<typeof descriptorOutput>, text: string) =>
  new Promise<Error | undefined>((resolve) => output.write(text, resolve))

t.test('stdout: appends to a file where the descriptor stands', async (t) => {
  const file = join(tempDir(t), 'log')
  const fd = openSync(file, 'w')
  t.teardown(() => closeSync(fd))
  const output = descriptorOutput(fd, systemClock)
  t.equal(await write(output, 'one\n'), undefined)
  t.equal(await write(output, 'two\n'), undefined)
  t.equal(readFileSync(file, 'utf8'), 'one\ntwo\n')
})

t.test(
  'stdout: a full disk is an error of that write only',
  { skip: process.platform !== 'linux' },
  async (t) => {
    const fd = openSync('/dev/full', 'w')
    t.teardown(() => closeSync(fd))
    t.match(await write(descriptorOutput(fd, systemClock), 'x'), { code: 'ENOSPC' })
  },
)

/** A process that writes much to `stdout`; `then` is what else it does. */
function writer(t: Teardown, stdout: 'pipe' | number, then: string) {
  const source = `
    import { stdoutOutput } from '${MODULE}'
    import { systemClock } from '${CLOCK}'
    stdoutOutput(systemClock).write('x'.repeat(${BYTES}), () => process.exit(0))
    ${then}
  `
  const words = ['--input-type=module', '-e', source]
  const child = spawn(process.execPath, words, { stdio: ['ignore', stdout, 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  return child
}

/** Node gives its children sockets; this is a pipe as a shell makes them. Each end has a mode of its own. */
function pipe(t: Teardown) {
  const path = join(tempDir(t), 'fifo')
  execFileSync('mkfifo', [path])
  // Opened for both, it does not wait for the other end.
  const input = openSync(path, constants.O_RDWR)
  const output = openSync(path, constants.O_RDONLY)
  t.teardown(() => [input, output].forEach(closeSync))
  return { input, output }
}

const EXIT_SOON = 'setTimeout(() => process.exit(3), 10)'
const STAY = 'setInterval(() => {}, 1000)'

t.test(
  'stdout: a socket that nobody reads holds up neither the event loop nor the end',
  async (t) => {
    const child = writer(t, 'pipe', EXIT_SOON)
    child.stdout?.pause()
    t.strictSame(await once(child, 'exit'), [3, null])
  },
)

t.test(
  'stdout: a pipe that nobody reads holds up neither the event loop nor the end',
  async (t) => {
    const child = writer(t, pipe(t).input, EXIT_SOON)
    t.strictSame(await once(child, 'exit'), [3, null])
  },
)

t.test('stdout: a socket gets every byte', async (t) => {
  const child = writer(t, 'pipe', STAY)
  let bytes = 0
  child.stdout?.on('data', (part: Buffer) => (bytes += part.length))
  await once(child, 'close')
  t.equal(bytes, BYTES)
})

t.test('stdout: a pipe gets every byte', async (t) => {
  const { input, output } = pipe(t)
  const child = writer(t, input, STAY)
  const exited = once(child, 'exit')
  let bytes = 0
  const part = Buffer.alloc(65_536)
  while (bytes < BYTES)
    bytes += (await promisify(read)(output, part, 0, part.length, null)).bytesRead
  t.equal(bytes, BYTES)
  t.strictSame(await exited, [0, null])
})
