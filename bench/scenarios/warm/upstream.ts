/**
 * The upstream that all proxies stand in front of: a fixed small answer, and at /seen the fields that a proxy must have
 * added. nginx where it is installed, since it leaves the most of a processor to the load generator; else a Node program.
 */

import { join } from 'node:path'
import { Child } from '../../harness/child.ts'
import { BENCH } from '../../harness/root.ts'
import { nginxVersion, startNginx } from '../../rivals/nginx.ts'
import type { Setting } from '../../rivals/rival.ts'

/** The body of every answer but that of /seen. */
export const BODY = 'x'.repeat(128)

export interface Upstream {
  readonly name: string
  readonly port: number
}

const START_MS = 10_000

export async function startUpstream(
  setting: Pick<Setting, 'dir' | 'cpu' | 'cleanup'>,
): Promise<Upstream> {
  const version = nginxVersion()
  if (version !== undefined) {
    const { port } = await startNginx(ORIGIN, setting)
    return { name: `nginx ${version}`, port }
  }
  const { cpu, cleanup } = setting
  const program = join(BENCH, 'apps', 'fixed.mjs')
  const child = new Child(
    { what: 'the upstream', command: [process.execPath, program], cpu },
    cleanup,
  )
  const port = await child.line((line) => Number(line) || undefined, START_MS)
  return { name: `bench/apps/fixed.mjs on Node ${process.versions.node}`, port }
}

const ORIGIN = `
  keepalive_timeout 1h;
  default_type text/plain;
  server {
    listen 127.0.0.1:PORT backlog=4096;
    location = /seen { return 200 "$http_host|$http_x_forwarded_for|$http_x_forwarded_proto|$http_x_forwarded_host|$http_via|$http_x_request_id"; }
    location / { return 200 "${BODY}"; }
  }`
