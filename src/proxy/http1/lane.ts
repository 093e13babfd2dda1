/** What stays the same from request to request of one connection, worked out once. */

import { latin1 } from '../../http1/latin1.ts'
import type { Head } from '../../http1/record.ts'
import { wayFields, wayOf } from '../forwarding.ts'
import type { Link } from '../incoming.ts'
import { isLoopback, type TrustedProxies } from '../trusted-proxies.ts'
import { linesOf } from './response-head.ts'

/** Our end and theirs. */
export interface WireLink extends Link {
  /** Our own authority, for a client that sent no Host. */
  readonly ownAuthority: string
}

const NO_CLAIMS = {
  forwarded: [],
  xForwardedFor: [],
  xForwardedProto: undefined,
  xForwardedHost: undefined,
  xForwardedPort: undefined,
}

export class Lane {
  readonly link: WireLink
  #trusted: TrustedProxies | undefined
  /** The peer is a proxy whose claims count. */
  isProxied = false
  /** The peer is a proxy of ours, or local. */
  isTrusted = false
  /** As the client wrote it. */
  #authority = ''
  /** What routing goes by. */
  host = ''
  /** The end of the request line, and Host. */
  hostLine: Buffer = Buffer.alloc(0)
  /** Via and the fields of the way. */
  wayLines: Buffer = Buffer.alloc(0)

  constructor(link: WireLink) {
    this.link = link
  }

  /** Brings all up to date with a request of a peer that is no proxy. */
  update(head: Head, trusted: TrustedProxies): void {
    if (this.#trusted !== trusted) {
      this.#trusted = trusted
      this.isProxied = trusted.has(this.link.address)
      this.isTrusted = this.isProxied || isLoopback(this.link.address)
      this.#authority = ''
    }
    if (!this.#isSame(head)) this.#write(head, trusted)
  }

  #isSame({ bytes, hostAt, authorityEnd }: Head): boolean {
    const known = this.#authority
    if (known.length === 0 || known.length !== authorityEnd - hostAt) return false
    for (let i = 0; i < known.length; i++) {
      if (known.charCodeAt(i) !== bytes[hostAt + i]) return false
    }
    return true
  }

  #write(head: Head, trusted: TrustedProxies): void {
    const { link } = this
    const authority = latin1(head.bytes, head.hostAt, head.authorityEnd)
    const way = wayOf({ link, authority, claims: NO_CLAIMS }, trusted)
    this.#authority = authority
    this.host = head.host()
    this.hostLine = Buffer.from(` HTTP/1.1\r\nHost: ${authority}\r\n`, 'latin1')
    this.wayLines = Buffer.from(linesOf(wayFields(way)), 'latin1')
  }
}
