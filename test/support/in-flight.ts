/** A client in the middle of an answer: what `/gate` of the test app has begun and does not end before it is let go. */

import type { RawConnection } from './raw-connection.ts'

export async function inFlight(gateway: {
  client(): Promise<RawConnection>
}): Promise<RawConnection> {
  const client = await gateway.client()
  client.send('GET /gate HTTP/1.1\r\nHost: app.test\r\n\r\n')
  await client.through('waiting\n')
  return client
}
