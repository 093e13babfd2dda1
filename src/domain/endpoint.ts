/** Where an instance is reached. */

/** A TCP address or a unix socket. `polled` (the instance fetches its work) has its place here when it comes. */
export type Endpoint =
  | {
      readonly k: 'tcp'
      readonly host: string
      readonly port: number
      readonly proto: 'h1' | 'h2c'
    }
  | { readonly k: 'unix'; readonly path: string; readonly proto: 'h1' | 'h2c' }

export const showEndpoint = (e: Endpoint): string =>
  e.k === 'unix'
    ? `unix:${e.path}`
    : e.host.includes(':')
      ? `[${e.host}]:${e.port}`
      : `${e.host}:${e.port}`
