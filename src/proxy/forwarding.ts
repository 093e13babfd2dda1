/**
 * Who asks and by which way: reads the forwarding fields of trusted proxies, and writes ours. What an untrusted
 * peer claims about itself counts for nothing (RFC 7239 §8).
 */

import type { Peer } from '../domain/exchange.ts'
import { LIMITS } from '../domain/limits.ts'
import { parseAuthority } from './authority.ts'
import type { Link } from './incoming.ts'
import { type TrustedProxies, entryAddress, isLoopback } from './trusted-proxies.ts'

/** What a request says of the way it came. Lists: the values of all fields, in order. */
export interface Claims {
  readonly forwarded: readonly string[]
  readonly xForwardedFor: readonly string[]
  readonly xForwardedProto: string | undefined
  readonly xForwardedHost: string | undefined
  readonly xForwardedPort: string | undefined
}

/** The way of one request, as it is told to the function. */
export interface Way {
  readonly peer: Peer
  /** Addresses, the client's first, the peer's last. */
  readonly chain: readonly string[]
  readonly host: string
  readonly port: string
}

export interface Arrival {
  readonly link: Link
  /** Host and port as the client wrote them. */
  readonly authority: string
  readonly claims: Claims
}

/** Takes the claims into account as far as the peer is trusted. */
export function wayOf({ link, authority, claims }: Arrival, trusted: TrustedProxies): Way {
  const isProxied = trusted.has(link.address)
  const own = {
    address: link.address || 'unknown',
    trusted: isProxied || isLoopback(link.address),
    proto: link.proto,
  }
  if (!isProxied) {
    return { peer: own, chain: [own.address], host: authority, port: String(link.port) }
  }
  const chain = [...claimedChain(claims), link.address]
  const proto = lastMember(claims.xForwardedProto)?.toLowerCase()
  const host = lastMember(claims.xForwardedHost)
  const port = lastMember(claims.xForwardedPort)
  return {
    peer: {
      address: trusted.client(chain),
      trusted: true,
      proto: proto === 'https' || proto === 'http' ? proto : link.proto,
    },
    chain,
    host: host !== undefined && parseAuthority(host) ? host : authority,
    port: port !== undefined && /^\d{1,5}$/.test(port) ? port : String(link.port),
  }
}

/**
 * Writes the way: both spellings say the same, so that no function can believe an old value in one of them.
 * Of the chain, Forwarded carries host and proto in its first element, the client's.
 */
export function wayFields({ peer, chain, host, port }: Way): string[] {
  const first = `for=${node(chain[0]!)};host=${quoted(host)};proto=${peer.proto}`
  const others = chain.slice(1).map((address) => `for=${node(address)}`)
  return [
    'Forwarded',
    [first, ...others].join(', '),
    'X-Forwarded-For',
    chain.join(', '),
    'X-Forwarded-Proto',
    peer.proto,
    'X-Forwarded-Host',
    host,
    'X-Forwarded-Port',
    port,
  ]
}

/**
 * The addresses that a trusted proxy claims, from X-Forwarded-For or else from Forwarded. Whatever stands left
 * of an entry that is no address is dropped: nobody vouches for it.
 */
function claimedChain(claims: Claims): string[] {
  const entries =
    claims.xForwardedFor.length > 0
      ? claims.xForwardedFor.flatMap((value) => value.split(','))
      : claims.forwarded.flatMap((value) => value.split(',')).map(forParameter)
  const chain: string[] = []
  for (const entry of entries.slice(-LIMITS.forwardingChainMax).toReversed()) {
    const address = entryAddress(entry)
    if (address === undefined) break
    chain.unshift(address)
  }
  return chain
}

const forParameter = (element: string): string => /(?:^|;)\s*for=([^;]*)/i.exec(element)?.[1] ?? ''

/** The nearest proxy's word, where several are listed. */
const lastMember = (value: string | undefined): string | undefined =>
  value?.slice(value.lastIndexOf(',') + 1).trim() || undefined

/** RFC 7239 §6: an IPv6 address stands in brackets and quotes. */
const node = (address: string): string => (address.includes(':') ? `"[${address}]"` : address)

const quoted = (text: string): string => (/^[\w.!#$%&'*+^`|~-]+$/.test(text) ? text : `"${text}"`)
