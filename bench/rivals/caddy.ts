/** Caddy on one processor; it adds X-Forwarded-For, -Proto and -Host by itself. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Child } from '../harness/child.ts'
import { freePort } from '../../src/runtime/free-port.ts'
import { told } from '../harness/machine.ts'
import { family } from '../harness/proc.ts'
import { askUntilAnswered } from '../harness/stamped-request.ts'
import type { Rival } from './rival.ts'

const START_MS = 10_000

const configured = (port: number, upstream: number): string => `
{
  admin off
  auto_https off
  log default {
    level ERROR
  }
}
http://:${port} {
  bind 127.0.0.1
  reverse_proxy 127.0.0.1:${upstream} {
    header_up Via "1.1 caddy"
    header_up X-Request-Id {http.request.uuid}
    transport http {
      keepalive_idle_conns_per_host 256
      compression off
    }
  }
}
`

export const caddy: Rival = {
  name: 'caddy',
  version: () => told('caddy', ['version'])?.split(' ')[0],
  async start({ upstream, dir, cpu, cleanup }) {
    const port = await freePort()
    const configuration = configured(port, upstream.port)
    const file = join(dir, 'Caddyfile')
    writeFileSync(file, configuration)
    const command = ['caddy', 'run', '--config', file, '--adapter', 'caddyfile'] as const
    const env = { GOMAXPROCS: '1', HOME: dir }
    const child = new Child({ what: 'caddy', command, env, cpu }, cleanup)
    const place = { host: '127.0.0.1', port }
    await askUntilAnswered({ place, host: 'warm.localhost', limitMs: START_MS })
    return { port, pids: () => family(child.pid), configuration }
  },
}
