/**
 * What the two engines in use cannot do, each a test of this suite that must fail: node:http towards clients,
 * undici towards instances. The list may only shrink; a test on it that passes fails the suite.
 */

export interface ExpectedFailure {
  /** The whole name of the test. */
  readonly test: string
  readonly why: string
}

export const EXPECTED_FAILURES: readonly ExpectedFailure[] = []
