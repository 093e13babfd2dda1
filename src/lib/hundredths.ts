/** Numbers in two decimals, as text. */

/** `.00` is left out, and so is a last 0: `.5`, `.07`. */
const FRACTIONS = Array.from({ length: 100 }, (_, i) => String(i / 100).slice(1))

/** For numbers from 0. Made from integers, which V8 writes far faster than fractions. */
export function hundredths(value: number): string {
  const count = Math.round(value * 100)
  const whole = Math.trunc(count / 100)
  return whole + FRACTIONS[count - whole * 100]!
}
