/** Labels and their signature. */

import t from 'tap'
import { functionId, instanceId, ownerId, revisionId } from '../../../../src/domain/ids.ts'
import { claimLabels, isReserved, readClaim } from '../../../../src/runtime/docker/claim.ts'
import type { Claim } from '../../../../src/runtime/docker/claim.ts'

const key = Buffer.alloc(32, 7)
const claim: Claim = {
  role: 'instance',
  owner: ownerId('me'),
  fn: functionId('hello'),
  instance: instanceId('hello-1'),
  revision: revisionId('r1'),
  listening: { k: 'port', port: 8080 },
  reach: 'auto',
}

t.test('claim: what was signed is read back', async (t) => {
  t.same(readClaim(claimLabels(claim, key), key), claim)
  const onSocket: Claim = { ...claim, listening: { k: 'socket', path: '/run/fn/app.sock' } }
  t.same(readClaim(claimLabels(onSocket, key), key), onSocket)
})

t.test('claim: a sandbox says that it is one, and cannot be made an instance', async (t) => {
  const sandbox: Claim = { ...claim, role: 'sandbox' }
  const labels = claimLabels(sandbox, key)
  t.same(readClaim(labels, key), sandbox)
  t.equal(readClaim({ ...labels, 'coldfront.role': 'instance' }, key), undefined)
  const { 'coldfront.role': _, ...without } = labels
  for (const version of ['1', '2'])
    t.equal(readClaim({ ...without, 'coldfront.version': version }, key), undefined)
  // Nobody signs the role of an instance, and nobody reads it.
  const instance = { ...claimLabels(claim, key), 'coldfront.role': 'sandbox' }
  t.match(readClaim(instance, key), { role: 'instance' })
})

t.test('claim: labels of others do not disturb it', async (t) => {
  t.same(readClaim({ team: 'web', ...claimLabels(claim, key) }, key), claim)
})

t.test('claim: no label can be changed, added or left out', async (t) => {
  const labels = claimLabels(claim, key)
  for (const name of Object.keys(labels)) {
    t.equal(readClaim({ ...labels, [name]: `${labels[name]}x` }, key), undefined, `${name} changed`)
    const { [name]: _, ...without } = labels
    t.equal(readClaim(without, key), undefined, `${name} left out`)
  }
})

t.test('claim: values cannot be shifted from one label to the next', async (t) => {
  const { 'coldfront.signature': signature = '' } = claimLabels(claim, key)
  const shifted = { ...claim, owner: ownerId('m'), fn: functionId('ehello') }
  t.equal(
    readClaim({ ...claimLabels(shifted, key), 'coldfront.signature': signature }, key),
    undefined,
  )
})

t.test('claim: another key signs nothing here', async (t) => {
  t.equal(readClaim(claimLabels(claim, Buffer.alloc(32, 8)), key), undefined)
  t.equal(readClaim({}, key), undefined)
})

t.test('claim: the prefix is reserved, names that only begin alike are not', async (t) => {
  t.ok(isReserved('coldfront.owner'))
  t.notOk(isReserved('coldfront-team'))
})

/** As a released coldfront wrote them, to the letter: if this fails, an upgrade would leave its containers behind. */
const VERSION_1 = {
  'coldfront.version': '1',
  'coldfront.owner': '0f1e2d3c4b5a69788796a5b4c3d2e1f0',
  'coldfront.function': 'hello',
  'coldfront.instance': 'hello-1a2b3c4d5e',
  'coldfront.revision': '7d9f0c3a1b2e',
  'coldfront.listening': '8080',
  'coldfront.reach': 'auto',
  'coldfront.signature': 'c2a06cb5ea8b958d1cca25301adfd5ffc10c0acb7dcb7d930f95863130a5cd9d',
}
const VERSION_1_SOCKET = {
  ...VERSION_1,
  'coldfront.listening': '/run/fn/app.sock',
  'coldfront.reach': 'network',
  'coldfront.signature': 'a0918ec63a90456f1b793b5a4694d9b66f5f1673f3a5347e7a0a20b878bf8a03',
}

t.test('claim: containers of an earlier coldfront are still known', async (t) => {
  const expected = {
    role: 'instance',
    owner: '0f1e2d3c4b5a69788796a5b4c3d2e1f0',
    fn: 'hello',
    instance: 'hello-1a2b3c4d5e',
    revision: '7d9f0c3a1b2e',
    listening: { k: 'port', port: 8080 },
    reach: 'auto',
  }
  t.strictSame(readClaim(VERSION_1, key), expected)
  t.match(readClaim(VERSION_1_SOCKET, key), {
    listening: { k: 'socket', path: '/run/fn/app.sock' },
    reach: 'network',
  })
})

t.test('claim: a version to come, or none at all, is nobody’s', async (t) => {
  for (const version of ['2', '3', '', 'constructor', '__proto__'])
    t.equal(readClaim({ ...VERSION_1, 'coldfront.version': version }, key), undefined, version)
})
