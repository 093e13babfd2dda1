/** From an inspect to a fact. */

import type Docker from 'dockerode'
import t from 'tap'
import { instanceId, ownerId } from '../../../../src/domain/ids.ts'
import { existingId, factOf, identify, sortable } from '../../../../src/runtime/docker/facts.ts'
import { containerFunction } from '../../../support/docker-subject.ts'

const owner = ownerId('me')
const key = Buffer.alloc(32)
const fn = containerFunction({ container: 'blog' }, 'blog')
const whose = { owner, key, functions: [fn], given: new Map<string, never>() }
const vantage = { networks: [], auto: 'ip' } as const

function inspected(
  state: Partial<Docker.ContainerInspectInfo['State']>,
): Docker.ContainerInspectInfo {
  return {
    Id: 'c1',
    Name: '/blog',
    State: { StartedAt: '2026-01-02T03:04:05.6Z', ExitCode: 0, OOMKilled: false, ...state },
    Config: { Labels: {} },
    HostConfig: { NetworkMode: 'bridge' },
    NetworkSettings: { Networks: { bridge: { IPAddress: '172.17.0.2' } }, Ports: {} },
    Mounts: [],
  } as unknown as Docker.ContainerInspectInfo
}

/** With a network of its own. */
const own = (info: Docker.ContainerInspectInfo) => ({ info, network: info })

const seen = { id: 'c1', name: 'blog', labels: {} }
const identity = identify(seen, whose)

t.test('facts: start times sort as text, whatever zeros the engine left out', async (t) => {
  t.equal(sortable('2026-01-02T03:04:05Z'), '2026-01-02T03:04:05.000000000Z')
  t.equal(sortable('2026-01-02T03:04:05.6Z'), '2026-01-02T03:04:05.600000000Z')
  t.ok(sortable('2026-01-02T03:04:05.12Z') > sortable('2026-01-02T03:04:05.115Z'))
})

t.test('facts: an existing container is known by its name, under an id that stays', async (t) => {
  t.match(identity, { kind: 'existing', ref: { fn: 'blog', handle: 'c1' } })
  t.equal(identity?.ref.instance, existingId(owner, fn))
  t.equal(identify({ ...seen, id: 'c2' }, whose)?.ref.instance, identity?.ref.instance)
  t.equal(identify({ ...seen, name: 'other' }, whose), undefined)
  const given = new Map([['blog', instanceId('blog-7')]])
  t.equal(identify(seen, { ...whose, given })?.ref.instance, 'blog-7')
})

t.test('facts: each state of the engine is a phase, and what ends is gone', async (t) => {
  if (!identity) throw new Error('unknown')
  const phase = (Status: string) => {
    const fact = factOf({ ...own(inspected({ Status })), identity, vantage })
    return fact.k === 'present' ? fact.phase : fact.k
  }
  const states = ['created', 'running', 'paused', 'exited', 'restarting', 'removing', 'dead']
  t.same(states.map(phase), ['created', 'running', 'paused', 'exited', 'exited', 'gone', 'gone'])
})

t.test('facts: a running one has a run and an address, a created one has neither', async (t) => {
  if (!identity) throw new Error('unknown')
  const run = '2026-01-02T03:04:05.600000000Z/c1'
  const running = factOf({ ...own(inspected({ Status: 'running' })), identity, vantage })
  t.match(running, {
    run,
    running: { run, endpoint: { host: '172.17.0.2', port: 8080 }, accepts: 'app' },
  })
  const created = factOf({ ...own(inspected({ Status: 'created' })), identity, vantage })
  t.match(created, { run: '', running: undefined })
})

t.test('facts: one that cannot be reached is there all the same', async (t) => {
  if (!identity) throw new Error('unknown')
  const info = inspected({ Status: 'running' })
  info.NetworkSettings.Networks = {}
  t.match(factOf({ ...own(info), identity, vantage }), { phase: 'running', running: undefined })
})

t.test(
  'facts: an exit carries its code, whether memory was the cause, and the lines given',
  async (t) => {
    if (!identity) throw new Error('unknown')
    const info = inspected({ Status: 'exited', ExitCode: 137, OOMKilled: true })
    t.match(factOf({ ...own(info), identity, vantage, log: ['bye'] }), {
      exit: { code: 137, signal: undefined, oomKilled: true, log: ['bye'] },
    })
  },
)

t.test('facts: one of ours whose sandbox is gone is gone, unless it still runs', async (t) => {
  if (!identity) throw new Error('unknown')
  const ours = { ...identity, kind: 'ours' } as const
  const word = (state: Parameters<typeof inspected>[0], whose = identity) => {
    const fact = factOf({ info: inspected(state), network: undefined, identity: whose, vantage })
    return fact.k === 'present' ? fact.phase : fact.k
  }
  t.equal(word({ Status: 'exited' }, ours), 'gone')
  t.equal(word({ Status: 'created' }, ours), 'gone')
  t.equal(word({ Status: 'running', Running: true }, ours), 'running')
  t.equal(word({ Status: 'exited' }), 'exited', 'what an existing one joins is not ours to miss')
})
