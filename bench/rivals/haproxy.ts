/** HAProxy with one thread. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Child } from '../harness/child.ts'
import { freePort } from '../../src/runtime/free-port.ts'
import { told } from '../harness/machine.ts'
import { family } from '../harness/proc.ts'
import { askUntilAnswered } from '../harness/stamped-request.ts'
import type { Rival } from './rival.ts'

const START_MS = 5_000

const configured = (port: number, upstream: number): string => `
global
  nbthread 1
  maxconn 4096
defaults
  mode http
  option http-keep-alive
  option forwardfor
  timeout connect 5s
  timeout client 1h
  timeout server 1h
frontend front
  bind 127.0.0.1:${port} backlog 4096
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  http-request set-header X-Request-Id %[uuid()]
  http-request add-header Via "1.1 haproxy"
  default_backend app
backend app
  http-reuse always
  server app 127.0.0.1:${upstream} pool-max-conn 256
`

export const haproxy: Rival = {
  name: 'haproxy',
  version: () => /version (\S+)/.exec(told('haproxy', ['-v']) ?? '')?.[1],
  async start({ upstream, dir, cpu, cleanup }) {
    const port = await freePort()
    const configuration = configured(port, upstream.port)
    const file = join(dir, 'haproxy.cfg')
    writeFileSync(file, configuration)
    const child = new Child(
      { what: 'haproxy', command: ['haproxy', '-db', '-q', '-f', file], cpu },
      cleanup,
    )
    const place = { host: '127.0.0.1', port }
    await askUntilAnswered({ place, host: 'warm.localhost', limitMs: START_MS })
    return { port, pids: () => family(child.pid), configuration }
  },
}
