import t from 'tap'
import * as fc from 'fast-check'
import { formatSize, parseSize, roughSize } from '../../../src/lib/size.ts'

t.test('size: units are powers of 1024 in every spelling', async (t) => {
  t.equal(parseSize('512MiB'), 512 * 1024 ** 2)
  t.equal(parseSize('512m'), 512 * 1024 ** 2)
  t.equal(parseSize('512MB'), 512 * 1024 ** 2)
  t.equal(parseSize('1GiB'), 1024 ** 3)
  t.equal(parseSize('64k'), 65_536)
  t.equal(parseSize('1.5g'), 1.5 * 1024 ** 3)
  t.equal(parseSize('100B'), 100)
  t.equal(parseSize('0B'), 0)
})

t.test('size: a bare number, a sign, a space or an unknown unit is no size', async (t) => {
  for (const text of ['', '512', '-1k', '1 k', '1x', 'k', '1e3k', '99999999999t', '1bb'])
    t.equal(parseSize(text), undefined, text)
})

t.test('size: what is formatted is read back as the same', async (t) => {
  t.equal(formatSize(16_384), '16KiB')
  t.equal(formatSize(1_500), '1500B')
  t.equal(formatSize(0), '0B')
  fc.assert(fc.property(fc.nat(), (bytes) => parseSize(formatSize(bytes)) === bytes))
})

t.test('size: for people it is rough', async (t) => {
  const rough = [0, 1, 1_023, 1_024, 10_485_760, 1_610_612_736, 4 * 1024 ** 4, 5_000 * 1024 ** 4]
  t.strictSame(rough.map(roughSize), [
    '0 B',
    '1 B',
    '1023 B',
    '1.0 KiB',
    '10 MiB',
    '1.5 GiB',
    '4.0 TiB',
    '5000 TiB',
  ])
})
