/** Whom to believe about who asks: the addresses whose forwarding fields count. */

import { BlockList, isIP } from 'node:net'

/** An entry of a forwarding chain: an address, with a port that is of no use here. */
const ENTRY = /^"?(?:\[([^\]]+)\]|([^:"]+)|([0-9A-Fa-f:.]+))(?::\d+)?"?$/

/** `::ffff:192.0.2.1` is 192.0.2.1 seen through a dual-stack socket. */
export const plainAddress = (address: string): string =>
  address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address

/** The IP address in an entry of X-Forwarded-For or of a `for=` parameter; undefined if it has none. */
export function entryAddress(entry: string): string | undefined {
  const match = ENTRY.exec(entry.trim())
  const address = plainAddress(match?.[1] ?? match?.[2] ?? match?.[3] ?? '')
  return isIP(address) ? address : undefined
}

/** The machine itself. A unix socket has no address and is local as well. */
export const isLoopback = (address: string): boolean =>
  address === '' || address === '::1' || address.startsWith('127.')

export class TrustedProxies {
  readonly #list = new BlockList()
  readonly #isEmpty: boolean

  /** Addresses or CIDRs, IPv4 or IPv6. Throws on any other text. */
  constructor(entries: readonly string[]) {
    this.#isEmpty = entries.length === 0
    for (const entry of entries) {
      const [address = '', bits] = entry.split('/')
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
      if (bits === undefined) this.#list.addAddress(address, family)
      else this.#list.addSubnet(address, Number(bits), family)
    }
  }

  has(address: string): boolean {
    if (this.#isEmpty || address === '') return false
    return this.#list.check(address, address.includes(':') ? 'ipv6' : 'ipv4')
  }

  /** The rightmost address of the chain (client first, nearest last) that is not a trusted proxy; else the first. */
  client(chain: readonly string[]): string {
    return chain.findLast((address) => !this.has(address)) ?? chain[0] ?? ''
  }
}
