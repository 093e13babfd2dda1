/** Amounts of memory as people write them: `64k`, `512MiB`, `1.5g`. Parsed to whole bytes. */

/** Powers of 1024 in every spelling, as in `docker run --memory`: there `512m` and `512MB` are 512 MiB too. */
const POWERS = ['', 'k', 'm', 'g', 't'] as const
const FORM = /^(\d+(?:\.\d+)?)(?:b|([kmgt])(?:i?b)?)$/i
const NAMES = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** Bytes; undefined when the text is no size. A unit is required: a bare number has been taken for MiB too often. */
export function parseSize(text: string): number | undefined {
  const found = FORM.exec(text)
  if (!found) return undefined
  const power = POWERS.indexOf((found[2] ?? '').toLowerCase() as (typeof POWERS)[number])
  const bytes = Math.round(Number(found[1]) * 1024 ** power)
  return Number.isSafeInteger(bytes) ? bytes : undefined
}

/** For people, with two figures at least; not to be read again. */
export function roughSize(bytes: number): string {
  const power = Math.min(NAMES.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10))
  const amount = bytes / 1024 ** power
  return `${amount < 10 && power > 0 ? amount.toFixed(1) : Math.round(amount)} ${NAMES[power]}`
}

/** The text in the greatest unit of which `bytes` is a whole number, so that `parseSize` reads the same again. */
export function formatSize(bytes: number): string {
  const power = bytes === 0 ? 0 : NAMES.findLastIndex((_, i) => bytes % 1024 ** i === 0)
  return `${bytes / 1024 ** power}${NAMES[power]}`
}
