/**
 * One test of the wire suite: a row of what a proxy must get right, a scripted client, a scripted upstream and
 * a whole gateway between them, or one whose admission the test commands. A test on the list of expected
 * failures must fail, every other one must pass.
 */

import assert from 'node:assert/strict'

import t, { type Test } from 'tap'

import type { RequestRecord } from '../../src/telemetry/events.ts'
import { startGateway } from '../support/gateway.ts'
import { type MiniGateway, type MiniGatewayOptions, miniGateway } from '../support/mini-gateway.ts'
import { rawClient } from '../support/raw-client.ts'
import type { RawConnection, RawMessage } from '../support/raw-connection.ts'
import { type RawUpstream, rawUpstream } from '../support/raw-upstream.ts'
import type { Options } from '../support/world.ts'
import { EXPECTED_FAILURES } from './expected-failures.ts'

export const HOST = 'Host: hello.test\r\n'
export const GET = `GET / HTTP/1.1\r\n${HOST}\r\n`
export const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'

/** A test that is expected to fail gives up sooner: it mostly waits for what never comes. */
const PATIENCE_MS = { pass: 5_000, fail: 500 }

/** What a test may ask of the gateway between. */
interface Between {
  readonly port: number
  /** The record of the request that finished as number `index`. */
  record(index: number): Promise<RequestRecord>
}

export interface Scene<Gateway extends Between = Between> {
  readonly gateway: Gateway
  readonly upstream: RawUpstream
  /** Connected to the gateway already. */
  readonly client: RawConnection
  /** Another client. */
  connect(): Promise<RawConnection>
  /** Sends a request, and gives what the upstream got, body included, and the upstream's end. */
  forwarded(request: string): Promise<{ asked: RawMessage; app: RawConnection }>
  /** Lets the client ask and the upstream answer; gives what the client got. */
  answered(answer: string, request?: string): Promise<RawMessage>
  /** Sends what must be refused with one of `statuses`, the connection ended, and the upstream left alone. */
  refused(request: string, ...statuses: number[]): Promise<RawMessage>
}

/** Opens a scene. */
export interface Open {
  /** With a whole gateway: options as gateway.yaml has them, those of the function under `function`. */
  (options?: Options): Promise<Scene>
  /** With the data path over an admission that the test commands. */
  commanded(options?: Omit<MiniGatewayOptions, 'endpoint'>): Promise<Scene<MiniGateway>>
}

/** Declares a test of row `number`. */
export function row(number: number, what: string, run: (open: Open) => Promise<void>): void {
  const name = `row ${String(number).padStart(2, '0')}: ${what}`
  const expected = EXPECTED_FAILURES.find((entry) => entry.test === name)
  const patienceMs = expected ? PATIENCE_MS.fail : PATIENCE_MS.pass
  t.test(name, async (t) => {
    let failure: unknown
    try {
      await run(opener(t, patienceMs))
    } catch (error) {
      failure = error ?? new Error('failed')
    }
    if (!expected && failure !== undefined) throw failure
    if (expected && failure === undefined) t.fail('it passes now: take it off the list')
    else t.pass(expected ? `cannot be met: ${expected.why}` : 'met')
  })
}

const opener = (t: Test, patienceMs: number): Open => {
  const open = async (options: Options = {}) => {
    const upstream = await rawUpstream(t, { patienceMs })
    return scene(t, { upstream, gateway: await whole(t, upstream.port, options), patienceMs })
  }
  const commanded: Open['commanded'] = async (options = {}) => {
    const upstream = await rawUpstream(t, { patienceMs })
    const gateway = await miniGateway(t, { ...options, endpoint: upstream.endpoint })
    return scene(t, { upstream, gateway, patienceMs })
  }
  return Object.assign(open, { commanded })
}

async function whole(t: Test, port: number, options: Options): Promise<Between> {
  const { function: own, ...rest } = options
  const hello = { upstream: `127.0.0.1:${port}`, ...(own as Options | undefined) }
  const text = { shutdown: { drainTimeout: '1ms' }, ...rest, functions: { hello } }
  const gateway = await startGateway(t, { settings: {} }, text)
  const record = async (index: number) => {
    const { log } = gateway
    await log.when(`record ${index}`, () => log.requests.length > index)
    return log.requests[index]!
  }
  return { port: gateway.port, record }
}

interface SceneParts<Gateway> {
  readonly upstream: RawUpstream
  readonly gateway: Gateway
  readonly patienceMs: number
}

async function scene<Gateway extends Between>(
  t: Test,
  { upstream, gateway, patienceMs }: SceneParts<Gateway>,
): Promise<Scene<Gateway>> {
  const connect = () => rawClient(t, gateway.port, patienceMs)
  const client = await connect()
  const forwarded = async (request: string) => {
    client.send(request)
    const app = await upstream.accept()
    return { asked: await app.message(), app }
  }
  return {
    gateway,
    upstream,
    client,
    connect,
    forwarded,
    answered: async (answer, request = GET) => {
      const { app } = await forwarded(request)
      app.send(answer)
      return client.message(request.startsWith('HEAD ') ? 'bodyless' : 'normal')
    },
    refused: async (request, ...statuses) => {
      const before = upstream.accepted
      client.send(request)
      const answer = await client.message()
      assert.ok(
        statuses.includes(answer.status),
        `answered "${answer.start}" to ${request.slice(0, 99)}`,
      )
      assert.ok(names(answer, 'connection').includes('close'), 'it does not say Connection: close')
      await client.ended()
      assert.equal(client.unread, '', 'something follows the refusal')
      assert.equal(upstream.accepted, before, `it reached the upstream: ${request.slice(0, 99)}`)
      return answer
    },
  }
}

/** The values of a field, in order, as they came. `name` in lower case. */
export const values = (message: Pick<RawMessage, 'lines'>, name: string): string[] =>
  message.lines
    .filter((line) => line.slice(0, line.indexOf(':')).toLowerCase() === name)
    .map((line) => line.slice(line.indexOf(':') + 1).trim())

/** The members of a list field, in lower case. */
export const names = (message: Pick<RawMessage, 'lines'>, name: string): string[] =>
  values(message, name).flatMap((value) =>
    value.split(',').map((member) => member.trim().toLowerCase()),
  )
