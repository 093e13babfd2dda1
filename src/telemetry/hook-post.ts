/** Posts to hooks through undici. Redirects are not followed: an event goes where the configuration says, or nowhere. */

import { request } from 'undici'
import type { Post } from './hook.ts'

export const postToHook: Post = async ({ url, fields, body, signal }) => {
  const response = await request(url, { method: 'POST', headers: fields, body, signal })
  // Nobody reads it; reading a bounded part of it leaves the connection in use.
  await response.body.dump({ limit: 65_536, signal })
  return response.statusCode
}
