/** The engine's words: what its errors stand for, and how far its pulls are. */

import t from 'tap'
import { ENGINE_CALLS } from '../../../../src/runtime/docker/calls.ts'
import {
  engineError,
  reasonOf,
  statusOf,
  toRuntimeError,
} from '../../../../src/runtime/docker/engine-error.ts'
import { PullProgress } from '../../../../src/runtime/docker/pull-progress.ts'
import { RuntimeError } from '../../../../src/runtime/runtime.ts'
import { FakeClock } from '../../../support/fake-clock.ts'

t.test('engine error: messages of engines have reasons', async (t) => {
  t.equal(reasonOf('No such image: hello:latest'), 'image_missing')
  t.equal(reasonOf('pull access denied for x, repository does not exist'), 'image_missing')
  t.equal(reasonOf('manifest for x:y not found: manifest unknown'), 'image_missing')
  t.equal(reasonOf('No such container: abc'), 'container_missing')
  t.equal(reasonOf('Bind for 127.0.0.1:80 failed: port is already allocated'), 'port_taken')
  t.equal(reasonOf('exec: "x": executable file not found in $PATH: unknown'), 'command_missing')
  t.equal(reasonOf('write /var/lib/docker/x: no space left on device'), 'disk_full')
  t.equal(reasonOf('network blue not found'), 'refused')
  t.equal(reasonOf('something else'), 'failed')
})

t.test(
  'engine error: the engine’s own words are kept, the client library’s wrapping is not',
  async (t) => {
    const answered = Object.assign(new Error('(HTTP code 500) server error - boom '), {
      statusCode: 500,
    })
    t.equal(statusOf(answered), 500)
    t.match(toRuntimeError('start hello', answered), {
      reason: 'failed',
      message: 'could not start hello: boom',
    })
    const withJson = Object.assign(new Error('x'), {
      statusCode: 404,
      json: { message: 'No such image: y' },
    })
    t.match(toRuntimeError('make it', withJson), { reason: 'image_missing' })
  },
)

t.test('engine error: whatever it says, what to do next comes with it', async (t) => {
  const advice: Readonly<Record<string, RegExp>> = {
    'mkdir /var/lib/docker/overlay2/x: no space left on device': /: make room on the disk/,
    'No such image: hello:latest': /: build, load or pull it, or correct image:/,
    'No such container: abc': /: the next start/,
    'driver failed programming external connectivity: port is already allocated': /: end what/,
    'exec /app: exec format error': /: take an image made for the processor/,
    'exec: "/etc/hosts": permission denied: unknown': /: make the file executable/,
    'exec: "x": executable file not found in $PATH: unknown': /: correct command:/,
    'network blue not found': /: create the network/,
    'invalid mount config for type "bind": bind source path does not exist: /x':
      /: correct volumes:/,
    'something else': /: the log of the engine may say more/,
  }
  for (const [said, next] of Object.entries(advice)) {
    const { message } = engineError('start it', said)
    t.ok(message.startsWith(`could not start it: ${said}: `), message)
    t.match(message, next)
  }
})

t.test(
  'engine error: an engine that does not answer is away; what is known already stays',
  async (t) => {
    for (const code of ['ECONNREFUSED', 'ENOENT', 'ECONNRESET']) {
      t.match(toRuntimeError('list', Object.assign(new Error(code), { code })), {
        reason: 'engine_away',
      })
    }
    t.match(toRuntimeError('list', new Error('socket hang up')), { reason: 'engine_away' })
    const known = new RuntimeError('refused', 'no')
    t.equal(toRuntimeError('list', known), known)
  },
)

t.test('pull progress: one line a second, with layers and sizes', (t) => {
  const clock = new FakeClock()
  const told: string[] = []
  const progress = new PullProgress(clock, (message) => void told.push(message))
  const loading = (id: string, current: number) =>
    progress.step({ id, status: 'Downloading', progressDetail: { current, total: 2_097_152 } })
  progress.say('pulling')
  progress.step({ id: 'a', status: 'Pulling fs layer' })
  progress.step({ id: 'b', status: 'Already exists' })
  loading('a', 524_288)
  t.same(told, ['pulling'])
  clock.advance(1_000)
  loading('a', 1_048_576)
  loading('a', 1_572_864)
  t.same(told, ['pulling', 'pulling: 1 of 2 layers, 1.0 of 2.0 MiB'])
  t.end()
})

t.test('calls: each is on the list once, with its reason', async (t) => {
  const names = ENGINE_CALLS.map(({ method, path }) => `${method} ${path}`)
  t.equal(new Set(names).size, names.length)
  t.ok(ENGINE_CALLS.every(({ why }) => why !== ''))
  t.notOk(names.some((name) => /exec|attach|build|swarm|secrets|archive/.test(name)))
})
