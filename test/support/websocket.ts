/** As much of RFC 6455 as a test needs to talk to test/support/app.mjs. */

/** The request that opens one. */
export const WEBSOCKET = (host: string): string =>
  `GET /ws HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'

/** A text of at most 125 bytes from a client, masked with zeros; the echo carries it as it is. */
export const frameOf = (text: string): Uint8Array =>
  Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)])
