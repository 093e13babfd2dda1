/**
 * What a warm request costs in memory, in the gateway as a user runs it. The young generation is made so large
 * that nothing is collected in between: what the heap grew by is what was allocated.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, type Socket, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import t, { type Test } from 'tap'

import { plainEnv } from '../support/program.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** Until V8 has compiled the path; before that it allocates for itself. */
const WARM_UP = 5_000
const MEASURED = 5_000
/** Bytes per request: some twice of what it was when this was written. */
const HEAP_MAX = 8_000
/** Bytes per request outside of the heap, the buffers of reads above all. */
const EXTERNAL_MAX = 2_000

const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi'
const REQUEST = 'GET / HTTP/1.1\r\nHost: warm.test\r\nUser-Agent: test\r\nAccept: */*\r\n\r\n'

interface Usage {
  readonly heapUsed: number
  readonly external: number
}

/** Answers whatever comes in one piece. */
async function startUpstream(t: Test): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', () => socket.write(ANSWER))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

async function startGateway(t: Test, upstream: number) {
  const dir = mkdtempSync(join(tmpdir(), 'allocation-'))
  const config = join(dir, 'gateway.yaml')
  const file = {
    listen: { http: '127.0.0.1:0' },
    admin: { listen: 'off' },
    log: { requests: false },
    stateDir: join(dir, 'state'),
    runtime: 'process',
    functions: { warm: { hosts: ['warm.test'], upstream: `127.0.0.1:${upstream}` } },
  }
  // JSON is YAML.
  writeFileSync(config, JSON.stringify(file))
  const report = join(ROOT, 'test/support/heap-report.mjs')
  const node = ['--expose-gc', '--min-semi-space-size=256', '--max-semi-space-size=256']
  const program = [join(ROOT, 'src/main.ts'), 'serve', '--config', config]
  const child = spawn(process.execPath, [...node, '--import', report, ...program], {
    env: { ...plainEnv(), XDG_RUNTIME_DIR: dir },
    stdio: ['ignore', 'pipe', 'ignore', 'ipc'],
  })
  t.teardown(async () => {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    rmSync(dir, { recursive: true, force: true })
  })
  return { child, port: await listening(child) }
}

async function listening(child: ChildProcess): Promise<number> {
  for await (const line of createInterface({ input: child.stdout! })) {
    const port = /"msg":"listening","what":"http","address":"[^"]*:(\d+)"/.exec(line)?.[1]
    if (port === undefined) continue
    child.stdout!.resume()
    return Number(port)
  }
  throw new Error('the gateway ended before it listened')
}

async function usage(child: ChildProcess, question: 'collect' | 'look'): Promise<Usage> {
  child.send(question)
  const [answer] = await once(child, 'message')
  return answer as Usage
}

/** One after the other on one connection. */
async function ask(socket: Socket, count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    let text = ''
    socket.write(REQUEST)
    while (!text.endsWith('\r\n\r\nhi')) text += String((await once(socket, 'data'))[0])
    if (!text.startsWith('HTTP/1.1 200')) throw new Error(text)
  }
}

t.test('relay: a warm request allocates little', async (t) => {
  const { child, port } = await startGateway(t, await startUpstream(t))
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  await ask(socket, WARM_UP)
  const before = await usage(child, 'collect')
  await ask(socket, MEASURED)
  const after = await usage(child, 'look')
  const heap = (after.heapUsed - before.heapUsed) / MEASURED
  const external = (after.external - before.external) / MEASURED
  t.comment(`bytes per request: heap ${Math.round(heap)}, external ${Math.round(external)}`)
  t.ok(heap > 0 && heap < HEAP_MAX, `${Math.round(heap)} bytes of heap per request`)
  t.ok(external < EXTERNAL_MAX, `${Math.round(external)} bytes outside of the heap per request`)
})
