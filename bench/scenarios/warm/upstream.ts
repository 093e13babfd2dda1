/**
 * The upstream that all proxies stand in front of: a fixed small answer, files of a megabyte and a gigabyte, bodies
 * swallowed, and at /seen the fields that a proxy must have added. nginx where it is installed, since it leaves the most of a
 * processor to the load generator; else a Node program that has no files.
 */

import { chmodSync, closeSync, ftruncateSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { Child } from '../../harness/child.ts'
import { BENCH } from '../../harness/root.ts'
import { nginxVersion, startNginx } from '../../rivals/nginx.ts'
import type { Setting, UpstreamPlace } from '../../rivals/rival.ts'

/** The body of every answer but that of /seen and of files. */
export const BODY = 'x'.repeat(128)
/** Zeroes, by path, in bytes. */
export const FILES = { '/megabyte': 1_000_000, '/gigabyte': 1_000_000_000 } as const

export interface Upstream extends UpstreamPlace {
  readonly name: string
  readonly hasFiles: boolean
  readonly pids: () => readonly number[]
}

const START_MS = 10_000

export async function startUpstream(
  setting: Pick<Setting, 'dir' | 'cpu' | 'cleanup'>,
): Promise<Upstream> {
  const version = nginxVersion()
  const { dir, cpu, cleanup } = setting
  const socket = join(dir, 'upstream.sock')
  if (version !== undefined) {
    makeFiles(dir)
    const { port, pids } = await startNginx(origin(dir), setting)
    return { name: `nginx ${version}`, port, socket, hasFiles: true, pids }
  }
  const program = join(BENCH, 'apps', 'fixed.mjs')
  const child = new Child(
    { what: 'the upstream', command: [process.execPath, program, socket], cpu },
    cleanup,
  )
  const port = await child.line((line) => Number(line) || undefined, START_MS)
  const name = `bench/apps/fixed.mjs on Node ${process.versions.node}`
  return { name, port, socket, hasFiles: false, pids: () => [child.pid] }
}

/** Sparse: they take no place. nginx reads them as a user who may not look into a private directory. */
function makeFiles(dir: string): void {
  const files = join(dir, 'files')
  mkdirSync(files)
  for (const [path, bytes] of Object.entries(FILES)) {
    const file = openSync(join(files, path), 'w', 0o644)
    ftruncateSync(file, bytes)
    closeSync(file)
  }
  for (const place of [join(dir, '..'), dir, files]) chmodSync(place, 0o755)
}

const origin = (dir: string): string => `
  keepalive_timeout 1h;
  default_type text/plain;
  sendfile on;
  server {
    listen 127.0.0.1:PORT backlog=4096;
    listen unix:${dir}/upstream.sock backlog=4096;
    location = /seen { return 200 "$http_host|$http_x_forwarded_for|$http_x_forwarded_proto|$http_x_forwarded_host|$http_via|$http_x_request_id"; }
    location ~ ^/(mega|giga)byte$ { root ${dir}/files; }
    location / { return 200 "${BODY}"; }
  }`
