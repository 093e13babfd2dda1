/** Which container the gateway itself runs in, from what the kernel tells of its mounts. */

import { readFileSync } from 'node:fs'

import t from 'tap'

import { containerAround } from '../../../../src/runtime/docker/vantage.ts'

const ID = '3f1c9a5e7b2d4860a1c3e5f70912b4d6e8fa0c1d2e3f405162738495a6b7c8d9'

const mountinfo = (name: string): string =>
  readFileSync(new URL(`mountinfo/${name}.txt`, import.meta.url), 'utf8')

t.test('own container: is found under cgroups of both versions, and under Podman', async (t) => {
  for (const name of ['docker-cgroup-v1', 'docker-cgroup-v2', 'podman-cgroup-v2'])
    t.equal(containerAround(mountinfo(name)), ID, name)
})

t.test('own container: a host is in none, whatever containers it runs', async (t) => {
  t.equal(containerAround(mountinfo('host-with-containers')), undefined)
  t.equal(containerAround(''), undefined)
})
