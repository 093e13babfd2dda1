/** nginx with one worker. As a rival it proxies; `nginxOrigin` serves the upstream of the whole scenario where it is installed. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Child } from '../harness/child.ts'
import { freePort } from '../../src/runtime/free-port.ts'
import { told } from '../harness/machine.ts'
import { family } from '../harness/proc.ts'
import { askUntilAnswered } from '../harness/stamped-request.ts'
import type { Rival, RunningRival, Setting } from './rival.ts'

const START_MS = 5_000

export const nginxVersion = (): string | undefined => told('nginx', ['-v'])?.split('/').at(-1)

/** Starts an nginx with this `http` block, in which `PORT` stands for a free port. */
export async function startNginx(
  block: string,
  { dir, cpu, cleanup }: Pick<Setting, 'dir' | 'cpu' | 'cleanup'>,
): Promise<RunningRival> {
  const port = await freePort()
  const configuration = frame(dir, block).replaceAll('PORT', String(port))
  const file = join(dir, 'nginx.conf')
  writeFileSync(file, configuration)
  const command = ['nginx', '-p', dir, '-c', file, '-e', 'stderr', '-g', 'daemon off;'] as const
  const child = new Child({ what: 'nginx', command, cpu }, cleanup)
  await askUntilAnswered({
    place: { host: '127.0.0.1', port },
    host: 'warm.localhost',
    limitMs: START_MS,
  })
  return { port, pids: () => family(child.pid), configuration: block }
}

const frame = (dir: string, block: string): string => `
worker_processes 1;
error_log stderr crit;
pid ${dir}/nginx.pid;
events { worker_connections 32768; }
http {
  access_log off;
  keepalive_requests 1000000000;
  client_max_body_size 0;
  client_body_temp_path ${dir}/body; proxy_temp_path ${dir}/proxy; fastcgi_temp_path ${dir}/fcgi;
  uwsgi_temp_path ${dir}/uwsgi; scgi_temp_path ${dir}/scgi;
${block}
}
`

const proxying = (upstream: number): string => `
  map $http_upgrade $connection_field { default upgrade; "" ""; }
  upstream app { server 127.0.0.1:${upstream}; keepalive 256; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:PORT backlog=4096;
    location / {
      proxy_pass http://app;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_field;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header Via "1.1 nginx";
      proxy_set_header X-Request-Id $request_id;
      proxy_request_buffering off;
      proxy_max_temp_file_size 0;
    }
  }`

export const nginx: Rival = {
  name: 'nginx',
  version: nginxVersion,
  start: (setting) => startNginx(proxying(setting.upstream.port), setting),
}
