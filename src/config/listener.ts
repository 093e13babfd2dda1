/** An address to listen on in words, and what to say when it cannot be had. */

import type { ListenAddress } from './config.ts'

export const showAddress = (a: ListenAddress): string =>
  a.k === 'unix'
    ? `unix:${a.path}`
    : `${a.host.includes(':') ? `[${a.host}]` : a.host || '0.0.0.0'}:${a.port}`

/** Throws, and says which option to change. */
export function unavailable(address: ListenAddress, option: string, cause: unknown): never {
  const { code, message } = cause as { code?: string; message: string }
  const why =
    code === 'EADDRINUSE'
      ? 'something else listens there; end it'
      : code === 'EACCES'
        ? 'this user may not; take a port from 1024 on'
        : message
  throw new Error(
    `cannot listen on ${showAddress(address)}: ${why}, or set ${option} to another address`,
    { cause },
  )
}
