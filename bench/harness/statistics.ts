/** Numbers about numbers. Percentiles are nearest-rank: each is a value that was measured. */

export const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b)

/** `share` of the values are at most this; 0.5 is the median. NaN where there are none. */
export function percentile(values: readonly number[], share: number): number {
  const ordered = sorted(values)
  return ordered[Math.max(0, Math.ceil(share * ordered.length) - 1)] ?? NaN
}

export const median = (values: readonly number[]): number => percentile(values, 0.5)

/** To so many decimals, for files that shall stay readable. */
export const rounded = (value: number, decimals = 3): number => Number(value.toFixed(decimals))
