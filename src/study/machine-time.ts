/** The machine's monotonic clock, which every process of the machine reads, in containers too: stamps of several can be subtracted. */

/** Milliseconds with fractions. */
export const machineNow = (): number => Number(process.hrtime.bigint()) / 1e6
