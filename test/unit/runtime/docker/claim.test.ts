/** Labels and their signature. */

import t from 'tap'
import { functionId, instanceId, ownerId, revisionId } from '../../../../src/domain/ids.ts'
import { claimLabels, isReserved, readClaim } from '../../../../src/runtime/docker/claim.ts'
import type { Claim } from '../../../../src/runtime/docker/claim.ts'

const key = Buffer.alloc(32, 7)
const claim: Claim = {
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
