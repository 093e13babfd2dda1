import t from 'tap'
import { isDangerous, parseVolume } from '../../../src/config/volume.ts'

const dangerous = (text: string, host?: string) => {
  const volume = parseVolume(text, '/')
  return (
    volume !== undefined &&
    isDangerous(volume, { engineHost: host, stateDir: '/var/lib/coldfront/gateway.yaml-012345' })
  )
}

t.test('volume: binds, relative binds and named volumes are read', async (t) => {
  t.strictSame(parseVolume('./data:/data', '/etc/gw'), {
    text: '/etc/gw/data:/data',
    writable: true,
    bind: '/etc/gw/data',
  })
  t.strictSame(parseVolume('/a/../b:/b:ro,z', '/'), {
    text: '/b:/b:ro,z',
    writable: false,
    bind: '/b',
  })
  t.strictSame(parseVolume('cache:/cache', '/'), {
    text: 'cache:/cache',
    writable: true,
    bind: undefined,
  })
})

t.test('volume: anything else is refused', async (t) => {
  for (const text of ['', '/data', 'a:b', '~/x:/x', 'a:/b:rx', 'a:/b:ro:ro', ':/b', 'a b:/b'])
    t.equal(parseVolume(text, '/'), undefined, text)
})

t.test('volume: the engine’s socket, what holds it and the whole host are dangerous', async (t) => {
  for (const source of [
    '/',
    '/var/run/docker.sock',
    '/run',
    '/var',
    '/run/podman/podman.sock',
    '/run/../',
  ])
    t.ok(dangerous(`${source}:/x:ro`), source)
  for (const source of ['/srv', '/var/lib/x', 'run', '/run/docker.sock.d'])
    t.notOk(dangerous(`${source}:/x`), source)
  t.ok(dangerous('/home/me/.docker:/x', 'unix:///home/me/.docker/engine.sock'))
  t.notOk(dangerous('/home/me/.docker:/x', 'tcp://127.0.0.1:2375'))
})
