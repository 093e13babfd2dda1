import t from 'tap'
import { BUDGET, functionStatus, LAST_WAKE } from '../admin/fake-source.ts'
import { statusTable } from '../../../src/cli/status-table.ts'
import { instanceId, revisionId } from '../../../src/domain/ids.ts'
import type { FunctionStatus } from '../../../src/domain/status.ts'
import type { GatewayStatus } from '../../../src/admin/status.ts'
import type { State } from '../../../src/domain/state.ts'

const instance = (state: State, ageMs: number) => ({
  id: instanceId('i'),
  state,
  revision: revisionId('r'),
  ageMs,
  inFlight: 0,
  lastUsedMs: undefined,
  endpoint: undefined,
  run: undefined,
  memoryBytes: 10_485_760,
})

const gateway = (functions: readonly FunctionStatus[], parts: Partial<GatewayStatus> = {}) => ({
  version: '0',
  startedAt: 0,
  config: '',
  ready: true,
  runtimes: [],
  budget: BUDGET,
  functions,
  ...parts,
})

const NOW = 10_000_000

t.test('ps: the table shows what is cold and what is warm', async (t) => {
  const text = statusTable(
    gateway([
      functionStatus('hello', {
        condition: 'ready',
        instances: [
          instance('ready', 90_000),
          instance('ready', 5_000),
          instance('paused', 7_200_000),
        ],
        inFlight: 3,
        waiters: 1,
        lastWake: LAST_WAKE,
      }),
      functionStatus('broken', {
        condition: 'backoff',
        backoffMs: 4_000,
        lastError: { at: NOW - 180_000, reason: 'exited', message: 'exited\nwith code 1', log: [] },
      }),
      functionStatus('asleep'),
    ]),
    NOW,
  )
  t.equal(
    text,
    [
      'FUNCTION  CONDITION   INSTANCES          IN FLIGHT  WAITING  LAST WAKE    AGE  MEMORY  LAST ERROR',
      'hello     ready       2 ready, 1 paused  3          1        cold 812 ms  2h   30 MiB  -',
      'broken    backoff 4s  -                  0          0        -            -    -       3m ago: exited\\u000awith code 1',
      'asleep    cold        -                  0          0        -            -    -       -',
    ].join('\n'),
  )
})

t.test('ps: what needs an eye comes below the table', async (t) => {
  const functions = [
    functionStatus('hello', { pauseTier: 'off', problem: 'the new revision failed to start' }),
  ]
  const runtimes = [
    { name: 'docker', up: false, message: 'no answer' },
    { name: 'process', up: true, message: '' },
  ]
  const budget = {
    ...BUDGET,
    instances: 4,
    instancesMax: 4,
    memoryMaxBytes: 536_870_912,
    waiting: 1,
  }
  t.strictSame(statusTable(gateway(functions, { runtimes, budget }), NOW).split('\n').slice(3), [
    'the host is full (4 of 4 instances, 384 MiB of 512 MiB): 1 function waits for room',
    'docker is away: no answer',
    'hello: the new revision failed to start',
    'hello: pausing failed too often, idle instances are stopped instead',
  ])
})
