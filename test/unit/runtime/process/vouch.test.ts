import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { hasProc } from '../../../../src/runtime/process/proc.ts'
import { ask } from '../../../support/ask.ts'
import { APP } from '../../../support/command-function.ts'
import { never, processTrial } from '../../../support/process-trial.ts'

const linux = hasProc ? {} : { skip: 'who listens can be seen on Linux only' }
const sleeper = ['sleep', '1000'] as const

async function listening(t: Test, host: string): Promise<number> {
  const server = createServer((socket) => socket.destroy())
  t.teardown(() => server.close())
  server.listen(0, host)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

t.test('vouch: a stranger on the port is told, with its process', linux, async (t) => {
  const { runtime, start } = await processTrial(t)
  for (const host of ['127.0.0.1', '0.0.0.0', '::']) {
    const port = await listening(t, host)
    const running = await start({ command: sleeper, listening: { k: 'port', port } })
    const error = { reason: 'port_taken', message: new RegExp(`process ${process.pid},`) }
    await t.rejects(runtime.vouch(running, never), error, host)
  }
})

t.test('vouch: a port where nobody listens any more is told as that', linux, async (t) => {
  const { runtime, start } = await processTrial(t)
  await t.rejects(runtime.vouch(await start({ command: sleeper }), never), {
    reason: 'port_closed',
    message: /any more/,
  })
})

t.test(
  'vouch: the instance’s own listener passes, whoever of the group listens and where',
  linux,
  async (t) => {
    const { runtime, start } = await processTrial(t)
    const forked = ['/bin/sh', '-c', `"${process.execPath}" "${APP}" & wait`] as const
    for (const spec of [
      {},
      { env: { HOST: '::' } },
      { env: { HOST: '127.0.0.1' } },
      { command: forked },
    ]) {
      const running = await start(spec)
      await ask(running.endpoint, '/')
      await t.resolves(runtime.vouch(running, never))
    }
  },
)

t.test('vouch: an instance that has ended is not vouched for', async (t) => {
  const { runtime, start } = await processTrial(t)
  const running = await start({ command: sleeper })
  await runtime.stop(running.ref, 0)
  await t.rejects(runtime.vouch(running, never), { reason: 'exited', message: /does not run/ })
})
