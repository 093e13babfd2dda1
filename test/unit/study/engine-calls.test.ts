/** Calls on their way to an engine, which here answers whatever it is told to. */

import { once } from 'node:events'
import { createServer } from 'node:http'
import { join } from 'node:path'
import t from 'tap'
import { EngineCalls } from '../../../src/study/engine-calls.ts'
import { JsonClient } from '../../../src/study/json-client.ts'
import { tempDir } from '../../support/temp-dir.ts'

const SANDBOX = 'a'.repeat(64)
const CONTAINER = 'b'.repeat(64)

t.test(
  'engine calls: an app is known by the sandbox that it joins, which is asked for anew',
  async (t) => {
    const dir = tempDir(t)
    const stack = new AsyncDisposableStack()
    t.teardown(() => stack.disposeAsync())
    const ids = [SANDBOX, CONTAINER]
    const engine = createServer((req, res) => {
      req.resume()
      req.on('end', () => {
        const isCreate = req.url?.includes('/create') ?? false
        res.setHeader('content-type', 'application/json')
        res.end(isCreate ? JSON.stringify({ Id: ids.shift() }) : undefined)
      })
    }).listen(join(dir, 'engine'))
    stack.defer(() => void engine.close())
    await once(engine, 'listening')
    const calls = await EngineCalls.listen(join(dir, 'calls'), join(dir, 'engine'), stack)
    const client = new JsonClient(calls.path)
    stack.defer(() => client.close())
    const post = (path: string, body: object = {}) => client.ask({ method: 'POST', path, body })
    const sandbox = { Labels: { 'coldfront.function': 'app', 'coldfront.role': 'sandbox' } }
    const HostConfig = { NetworkMode: `container:${SANDBOX}` }
    const container = {
      Env: ['K_SERVICE=app'],
      Labels: { 'coldfront.function': 'app' },
      HostConfig,
    }
    await post('/containers/create?name=app-net', sandbox)
    await post('/containers/create?name=app', container)
    await post(`/containers/${SANDBOX}/start`)
    await post(`/containers/${CONTAINER}/start`)
    t.same(
      calls.since(0).map(({ call, what }) => [call, what]),
      [
        ['create', SANDBOX],
        ['create', SANDBOX],
        ['start', SANDBOX],
        ['start', SANDBOX],
      ],
    )
    t.same(calls.lastSandbox('app'), sandbox)
    t.same(calls.lastCreated('app'), container)
    t.equal(calls.lastSandbox('other'), undefined)
  },
)
