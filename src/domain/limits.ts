/** Every bound that is not the operator's to set, each with its unit in its name. Those that are live in config/schema.ts. */

export const LIMITS = {
  /** Steps of the readiness probe: 2 % of the time waited, within these bounds. */
  probeStepMinMs: 1,
  probeStepMaxMs: 25,
  probeStepShare: 0.02,
  /** Each attempt is a new socket with this long to connect. */
  probeAttemptMs: 100,
  /** A copying proxy accepts before the app listens: a connection counts when it stays open this long. */
  probeQuietMs: 20,
  /** Attempts at stopping one instance; then it is given up with an alarm. */
  stopAttemptsMax: 3,
  /** Beyond the grace, before a stop call is taken to hang. */
  stopSlackMs: 10_000,
  pauseMs: 10_000,
  resumeMs: 10_000,
  inspectMs: 5_000,
  /** Failed pauses in a row before the pause tier is off for the function. */
  pauseFailuresMax: 3,
  /** Connects refused in a row before an instance is probed anew. */
  refusedMax: 3,
  /** An exit this soon after ready counts as a failed start. */
  youngMs: 5_000,
  /** Thawed by us twice within this window: somebody else wants it frozen. */
  frozenWindowMs: 60_000,
  backoffMinMs: 1_000,
  backoffMaxMs: 60_000,
  /** Wakes remembered per function. */
  wakeHistoryMax: 128,
  /** Connect failures after which one request is not tried on another lease. */
  attemptsMax: 3,
  /** Log lines kept per instance for status. */
  logTailLines: 20,
  logLineBytes: 4_096,
} as const
