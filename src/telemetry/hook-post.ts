/** Posts to hooks through undici. Redirects are not followed: an event goes where the configuration says, or nowhere. */

import type { Post } from './hook.ts'

export const postToHook: Post = async ({ url, fields, body, signal }) => {
  // Loaded late: the library takes 130 ms of a processor, which a gateway without hooks need not spend.
  const { request } = await import('undici')
  const response = await request(url, { method: 'POST', headers: fields, body, signal })
  // Nobody reads it; reading a bounded part of it leaves the connection in use.
  await response.body.dump({ limit: 65_536, signal })
  return response.statusCode
}
