/** The authority of a request: what a Host field or an absolute-form target says, checked and ready for routing. */

/** `host` as routing compares it; `port` undefined where none (or an empty one) was given. */
export interface Authority {
  readonly host: string
  readonly port: number | undefined
}

/** RFC 1035 §2.3.4 in text form. Also what bounds the cost of looking for wildcards. */
const HOST_LENGTH_MAX = 255
/** RFC 3986 §3.2.2 reg-name in ASCII, without user information. A name in Unicode has to come as punycode. */
const AUTHORITY = /^([A-Za-z0-9\-._~!$&'()*+,;=%]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{0,5}))?$/

/**
 * Parses `host[:port]` (RFC 9110 §7.2). The host comes back in lower case and without its trailing dot.
 * Undefined when it is not valid: empty, two ports, user information, bytes beyond ASCII.
 */
export function parseAuthority(text: string): Authority | undefined {
  const match = AUTHORITY.exec(text)
  const name = match?.[1]
  if (name === undefined) return undefined
  const host = (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase()
  if (host === '' || host.length > HOST_LENGTH_MAX) return undefined
  const digits = match?.[2]
  const port = digits ? Number(digits) : undefined
  return port !== undefined && port > 65_535 ? undefined : { host, port }
}
