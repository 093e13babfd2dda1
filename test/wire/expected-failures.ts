/**
 * What the wire engine cannot do, each a test of this suite that must fail. The list may only shrink; a test
 * on it that passes fails the suite.
 */

export interface ExpectedFailure {
  /** The whole name of the test. */
  readonly test: string
  readonly why: string
}

export const EXPECTED_FAILURES: readonly ExpectedFailure[] = []
