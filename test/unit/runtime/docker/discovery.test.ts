/** Where an engine is looked for. */

import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { engineAddresses, parseHost } from '../../../../src/runtime/docker/discovery.ts'

const at = (host: string) => parseHost({ host, from: 'test', tls: undefined })

t.test('discovery: the option goes before DOCKER_HOST, and that before the context', async (t) => {
  const home = t.testdir({ '.docker': { 'config.json': '{"currentContext":"other"}' } })
  const env = { DOCKER_HOST: 'unix:///env.sock' }
  const host = 'unix:///option.sock'
  t.match(await engineAddresses({ host, env, home }), [
    { path: '/option.sock', from: 'docker.host' },
  ])
  t.match(await engineAddresses({ host: undefined, env, home }), [{ path: '/env.sock' }])
})

t.test('discovery: the context in use names the engine, with its TLS files', async (t) => {
  const home = t.testdir({ '.docker': { 'config.json': '{"currentContext":"lab"}' } })
  const id = createHash('sha256').update('lab').digest('hex')
  const meta = join(home, '.docker', 'contexts', 'meta', id)
  const tls = join(home, '.docker', 'contexts', 'tls', id, 'docker')
  await mkdir(meta, { recursive: true })
  await mkdir(tls, { recursive: true })
  const file = { Name: 'lab', Endpoints: { docker: { Host: 'tcp://10.1.2.3:2376' } } }
  await writeFile(join(meta, 'meta.json'), JSON.stringify(file))
  await writeFile(join(tls, 'ca.pem'), 'CA')
  const [address] = await engineAddresses({ host: undefined, env: {}, home })
  t.match(address, { k: 'tcp', host: '10.1.2.3', port: 2376, from: 'docker context lab' })
  t.match(address, { tls: { ca: Buffer.from('CA') } })
})

t.test(
  'discovery: DOCKER_CONTEXT goes before DOCKER_HOST; one that is missing is told by name',
  async (t) => {
    const home = t.testdir({})
    const env = { DOCKER_CONTEXT: 'nowhere', DOCKER_HOST: 'unix:///env.sock' }
    await t.rejects(engineAddresses({ host: undefined, env, home }), {
      message: /context "nowhere"/,
    })
  },
)

t.test('discovery: without a word from anybody all well-known sockets are tried', async (t) => {
  const env = { XDG_RUNTIME_DIR: '/run/user/7' }
  const found = await engineAddresses({ host: undefined, env, home: '/home/ann' })
  t.same(
    found.map((a) => a.k === 'socket' && a.path),
    [
      '/var/run/docker.sock',
      '/run/user/7/docker.sock',
      '/home/ann/.docker/run/docker.sock',
      '/home/ann/.docker/desktop/docker.sock',
      '/run/user/7/podman/podman.sock',
      '/run/podman/podman.sock',
    ],
  )
})

t.test('discovery: addresses as the docker client writes them', async (t) => {
  t.match(at('/a.sock'), { k: 'socket', path: '/a.sock' })
  t.match(at('npipe:////./pipe/docker_engine'), { k: 'socket', path: '//./pipe/docker_engine' })
  t.match(at('tcp://engine'), { k: 'tcp', host: 'engine', port: 2375, tls: undefined })
  t.match(at('10.0.0.1:2400'), { k: 'tcp', host: '10.0.0.1', port: 2400 })
  t.match(at('tcp://[::1]:2375'), { k: 'tcp', host: '::1', port: 2375 })
  t.match(at('https://engine'), { port: 2376, tls: {} })
})

t.test('discovery: what cannot be used is refused with what to write instead', async (t) => {
  t.throws(() => at('ssh://me@engine'), { message: /ssh -L/ })
  t.throws(() => at('unix://relative'), { message: /unix:\/\/\/path/ })
  t.throws(() => at('ftp://engine'), { message: /tcp:\/\/host:port/ })
})

t.test('discovery: a config.json that is no JSON is told by its path', async (t) => {
  const home = t.testdir({ '.docker': { 'config.json': '{' } })
  await t.rejects(engineAddresses({ host: undefined, env: {}, home }), {
    message: /config\.json is not valid/,
  })
})
