/** Asks a running gateway through its admin listener. */

import { Client } from 'undici'
import type { GatewayStatus } from '../admin/status.ts'

/** The unix socket of a state directory, or a URL with the token that it may need. */
export type AdminAddress =
  | { readonly k: 'unix'; readonly path: string }
  | { readonly k: 'url'; readonly url: string; readonly token: string | undefined }

/** The gateway cannot be asked; the message says why and what to do. */
export class AdminClientError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'AdminClientError'
  }
}

const TIMEOUT_MS = 5_000
/** Ten thousand functions with their last errors. */
const ANSWER_BYTES_MAX = 256 * 1024 * 1024

/** Throws `AdminClientError`. */
export async function fetchStatus(address: AdminAddress): Promise<GatewayStatus> {
  const { origin, connect } =
    address.k === 'unix'
      ? { origin: 'http://localhost', connect: { socketPath: address.path, timeout: TIMEOUT_MS } }
      : { origin: address.url, connect: { timeout: TIMEOUT_MS } }
  const token = address.k === 'url' ? address.token : undefined
  const client = new Client(origin, {
    connect,
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
    maxResponseSize: ANSWER_BYTES_MAX,
  })
  try {
    const headers: Record<string, string> =
      token === undefined ? {} : { authorization: `Bearer ${token}` }
    const { statusCode, body } = await client.request({
      method: 'GET',
      path: '/api/v1/functions',
      headers,
    })
    const text = await body.text()
    if (statusCode === 200) return JSON.parse(text) as GatewayStatus
    throw new AdminClientError(`${show(address)} answered ${statusCode}: ${detailOf(text)}`)
  } catch (error) {
    throw explained(error, address)
  } finally {
    await client.destroy()
  }
}

const show = (address: AdminAddress): string => (address.k === 'unix' ? address.path : address.url)

function detailOf(text: string): string {
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown }
    if (typeof detail === 'string') return detail
  } catch {
    // Not JSON: something else listens there.
  }
  return 'this is no answer of coldfront'
}

function explained(error: unknown, address: AdminAddress): Error {
  if (error instanceof AdminClientError) return error
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const where = show(address)
  if (code === 'ENOENT' || code === 'ECONNREFUSED') {
    return new AdminClientError(`no gateway is running: nothing answers at ${where}`, {
      cause: error,
    })
  }
  if (code === 'EACCES') {
    return new AdminClientError(
      `${where} belongs to another user: run this as the gateway's user`,
      { cause: error },
    )
  }
  const message = error instanceof Error ? error.message : String(error)
  return new AdminClientError(`${where} did not answer: ${message}`, { cause: error })
}
