import t from 'tap'
import { nearest } from '../../../src/lib/nearest.ts'

const KNOWN = ['concurrency', 'hosts', 'image', 'idle', 'port']

t.test('nearest: a missing, added, changed or swapped letter is forgiven', async (t) => {
  t.equal(nearest('concurency', KNOWN), 'concurrency')
  t.equal(nearest('host', KNOWN), 'hosts')
  t.equal(nearest('imgae', KNOWN), 'image')
  t.equal(nearest('Port', KNOWN), 'port')
  t.equal(nearest('idel', KNOWN), 'idle')
})

t.test('nearest: another word has no neighbour', async (t) => {
  t.equal(nearest('replicas', KNOWN), undefined)
  t.equal(nearest('x', KNOWN), undefined)
  t.equal(nearest('', KNOWN), undefined)
  t.equal(nearest('p'.repeat(10_000), KNOWN), undefined)
})
