/** By which address a container is reached. */

import type Docker from 'dockerode'
import t from 'tap'
import type { Listening } from '../../../../src/domain/function.ts'
import type { Reach } from '../../../../src/runtime/docker/claim.ts'
import { addressOf } from '../../../../src/runtime/docker/vantage.ts'
import type { Vantage } from '../../../../src/runtime/docker/vantage.ts'

interface Given {
  readonly mode?: string
  readonly networks?: Readonly<Record<string, object>>
  readonly ports?: Readonly<Record<string, readonly object[]>>
  readonly mounts?: readonly object[]
  readonly reach?: Reach
  readonly vantage?: Vantage
  readonly listening?: Listening
}

const ip = (IPAddress: string) => ({ IPAddress })

function address(given: Given) {
  const info = {
    Name: '/blog',
    HostConfig: { NetworkMode: given.mode ?? 'bridge' },
    NetworkSettings: { Networks: given.networks ?? {}, Ports: given.ports ?? {} },
    Mounts: given.mounts ?? [],
  } as unknown as Docker.ContainerInspectInfo
  return addressOf({
    info,
    network: info,
    listening: given.listening ?? { k: 'port', port: 80 },
    reach: given.reach ?? 'auto',
    vantage: given.vantage ?? { networks: [], auto: 'ip' },
  })
}

t.test('vantage: the network that was named first gives the address', async (t) => {
  const networks = { alpha: ip('10.0.0.1'), beta: ip('10.0.0.2') }
  t.match(address({ mode: 'beta', networks }), { endpoint: { host: '10.0.0.2', port: 80 } })
  t.match(address({ mode: 'unknown', networks }), { endpoint: { host: '10.0.0.1' } })
})

t.test('vantage: a network of IPv6 only gives its address', async (t) => {
  const networks = { bridge: { IPAddress: '', GlobalIPv6Address: 'fd00::2' } }
  t.match(address({ networks }), { endpoint: { host: 'fd00::2' } })
})

t.test('vantage: a container on the host’s network is on loopback', async (t) => {
  t.match(address({ mode: 'host' }), { endpoint: { host: '127.0.0.1', port: 80 }, accepts: 'app' })
})

t.test('vantage: from a container only a shared network counts', async (t) => {
  const vantage = { networks: ['edge'], auto: 'network' } as const
  const networks = { bridge: ip('172.17.0.2'), edge: ip('10.0.0.3') }
  t.match(address({ networks, vantage }), { endpoint: { host: '10.0.0.3' } })
  t.throws(() => address({ networks: { bridge: ip('172.17.0.2') }, vantage }), {
    message: /shares no network.*edge/,
  })
})

const publishedAt = (HostIp: string) =>
  address({ reach: 'published', ports: { '80/tcp': [{ HostIp, HostPort: '32768' }] } }).endpoint

t.test('vantage: a published port is reached where it is bound', async (t) => {
  t.match(publishedAt('0.0.0.0'), { host: '127.0.0.1', port: 32_768 })
  t.match(publishedAt('::'), { host: '::1' })
  t.match(publishedAt('192.168.1.5'), { host: '192.168.1.5' })
  t.throws(() => address({ reach: 'published' }), { message: /does not publish port 80/ })
})

t.test('vantage: a socket is in the innermost directory that is mounted around it', async (t) => {
  const listening = { k: 'socket', path: '/run/fn/app.sock' } as const
  const mounts = [
    { Destination: '/run', Source: '/host/run' },
    { Destination: '/run/fn', Source: '/host/fn' },
    { Destination: '/run/f', Source: '/host/f' },
  ]
  t.match(address({ listening, mounts }), { endpoint: { k: 'unix', path: '/host/fn/app.sock' } })
  t.throws(() => address({ listening }), { message: /no directory of this host mounted/ })
})

t.test(
  'vantage: what joins another’s network has the address of that one, while it runs',
  async (t) => {
    const container = (Name: string, state: object, networks: object) =>
      ({
        Name,
        State: state,
        HostConfig: { NetworkMode: 'bridge' },
        NetworkSettings: { Networks: networks, Ports: {} },
        Mounts: [],
      }) as unknown as Docker.ContainerInspectInfo
    const info = container('/blog', { Running: true }, {})
    const address = (network: Docker.ContainerInspectInfo | undefined) =>
      addressOf({
        info,
        network,
        listening: { k: 'port', port: 80 },
        reach: 'auto',
        vantage: { networks: [], auto: 'ip' },
      })
    const bridge = { bridge: ip('172.17.0.9') }
    t.match(address(container('/net', { Running: true }, bridge)), {
      endpoint: { host: '172.17.0.9', port: 80 },
    })
    // Frozen it holds its network all the same; some engines do not call that running.
    t.ok(address(container('/net', { Running: false, Paused: true }, bridge)))
    const refused = { reason: 'refused', message: /blog joins .* does not run: start that one/ }
    t.throws(() => address(container('/net', { Running: false }, bridge)), refused)
    t.throws(() => address(undefined), refused)
  },
)
