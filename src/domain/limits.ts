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
  /** An HTTP probe waits this long for the first line of an answer, which may be at most so long. */
  probeAnswerMs: 2_000,
  probeAnswerBytes: 1_024,
  /** Attempts at stopping one instance; then it is given up with an alarm. */
  stopAttemptsMax: 3,
  /** Pause before the next attempt, times the attempts so far. */
  stopBackoffMs: 500,
  /** Beyond the grace, before a stop call is taken to hang. */
  stopSlackMs: 10_000,
  /** Before an expiry that changed nothing is looked at again. */
  rearmMs: 1_000,
  /** Before one that is kept beyond its time is looked at again. */
  keptLookMs: 30_000,
  pauseMs: 10_000,
  resumeMs: 10_000,
  inspectMs: 5_000,
  /** Failed pauses in a row before the pause tier is off for the function. */
  pauseFailuresMax: 3,
  /** Connects refused in a row before an instance is probed anew. */
  refusedMax: 2,
  /** The place of an exchange that the instance cut off is given to nobody for so long: it may be dying. */
  brokenPlaceMs: 10,
  /** An exit this soon after ready counts as a failed start. */
  youngMs: 5_000,
  /** Thawed by us twice within this window: somebody else wants it frozen. */
  frozenWindowMs: 60_000,
  /** Grace of an instance whose function is no longer declared. */
  strayGraceMs: 10_000,
  /** Waiters granted in one turn of the event loop. */
  grantsPerTurnMax: 256,
  /** Between looks at an engine that is away. */
  engineRetryMs: 1_000,
  /** Retry-After where a queue is full. */
  fullRetryMs: 1_000,
  /** Patience of a function that has not been woken yet. */
  patienceGuessMs: 1_000,
  backoffMinMs: 1_000,
  backoffMaxMs: 60_000,
  /** Wakes remembered per function. */
  wakeHistoryMax: 128,
  /** Connect failures after which one request is not tried on another lease. */
  attemptsMax: 4,
  /**
   * A timer this late fell due while the process was suspended: what happened meanwhile is read for a round before it
   * expires. The beat looks whether the wall clock went on alone, as it does while a machine sleeps.
   */
  suspended: { lateMs: 2_000, roundMs: 2_000, beatMs: 5_000 },
  /** Log lines kept per instance for status. */
  logTailLines: 20,
  /** Lines of one instance's output taken in one turn of the event loop, and in a second. */
  outputLinesPerTurnMax: 100,
  outputLinesPerSecondMax: 10_000,
  logLineBytes: 4_096,
  /** Connections to one run at once, upgraded ones included. The function's concurrency is the usual bound. */
  upstreamConnectionsMax: 4_096,
  /** An unused connection is closed after this long: below the 5 s of Node's, Uvicorn's and Express's servers. */
  upstreamIdleMs: 4_000,
  /** The same where the instance promises more in `Keep-Alive: timeout`. */
  upstreamIdleMaxMs: 60_000,
  /** Taken off what `Keep-Alive: timeout` promises. */
  upstreamIdleSlackMs: 1_000,
  /** A request that must not be sent twice takes only a connection used this recently. */
  upstreamFreshMs: 1_000,
  /** Silence on an open connection before the system asks whether the other side is still there. */
  keepAliveProbeMs: 60_000,
  upstreamHeadBytes: 65_536,
  /** Fields in a response's head, and in its trailers. */
  upstreamFieldsMax: 1_000,
  /** Interim (1xx) responses before one response: they come without flow control. */
  upstreamInterimsMax: 100,
  /** Body bytes on the way between client and instance, per exchange and direction. */
  creditBytes: 65_536,
  /** An upgraded connection reports activity at most this often. */
  touchEveryMs: 1_000,
  /** Log text waiting for an output that does not take it; what comes on top is dropped and counted. */
  logQueueChars: 1_048_576,
  /** Log lines are gathered for so long, or until there are so many: a request that is being held goes before what is told of it. */
  logDelayMs: 10,
  logTogetherChars: 65_536,
  /** After a failed write of the log, before the next one. */
  logRetryMs: 1_000,
  /** Of one text in a log line: a path, a user agent, a cause. */
  logTextChars: 1_024,
  /** `hold.timeout: auto`: so many times the longest of a hundred wakes, within these bounds. */
  autoHold: { factor: 3, minMs: 10_000, maxMs: 300_000 },
  /** The longest that an operator can have a function kept warm with one word: 7 days. */
  warmMaxMs: 604_800_000,
  /** A flood of wakes that are not made is told this often. */
  suppressedEveryMs: 1_000,
  /** A queue that empties and fills all the time is told this often. */
  heldEveryMs: 1_000,
  /** Events kept for readers of the event stream that fell behind or come back. */
  eventsKeptMax: 4_096,
  eventsKeptChars: 4_194_304,
  /** Of a list in one event. */
  eventListMax: 100,
  /** Lines of output kept per function for those who ask for its log. */
  outputKeptMax: 500,
  outputKeptChars: 131_072,
  /** Finished requests kept for those who watch them one by one, and told to them per second; see `RequestTail`. */
  requestsKeptMax: 1_000,
  requestsKeptChars: 1_048_576,
  requestsToldPerSecond: 50,
  specialRequestsToldPerSecond: 100,
  /** What the dashboard's small curves show: so many slots of so many ms. */
  activitySlots: 60,
  activitySlotMs: 5_000,
  /** What a look at everything found is given to all who ask within this time. */
  overviewMs: 250,
  /** While somebody looks, the memory of instances is read this often. */
  memoryEveryMs: 5_000,
  /** Who asks once waits so long for it. */
  memoryWaitMs: 500,
  /** What functions have taught is written this often, and no more of it than this. */
  learntEveryMs: 600_000,
  learntFileBytes: 16_777_216,
  /** Events that wait for one hook; what comes on top is lost and counted. */
  hookQueueMax: 1_000,
  /** For one attempt at a hook. */
  hookTimeoutMs: 10_000,
  /** Attempts at one event: the last one comes about three minutes after the first. */
  hookAttemptsMax: 9,
  /** Before the second attempt; each further pause is twice as long, up to the greatest. */
  hookRetryMs: 1_000,
  hookRetryMaxMs: 60_000,
  /** For what is still queued when a hook is removed, or the gateway ends. */
  hookCloseMs: 3_000,
  /** Spans that wait to be sent; what comes on top is lost and counted. */
  traceQueueMax: 4_096,
  /** Spans sent at once, and how often they are. */
  traceBatchMax: 128,
  traceEveryMs: 1_000,
  /** For one batch, repetitions included; then for its end to be told. */
  traceTimeoutMs: 5_000,
  traceTimeoutSlackMs: 1_000,
  /** For what is still to be sent when traces are switched off, or the gateway ends. */
  traceCloseMs: 3_000,
  /** Wakes whose beginning is remembered until their end is told. */
  traceWakesMax: 4_096,
  /** Of the metrics, written in one turn of the event loop. */
  metricsPieceChars: 16_384,
  metricsFunctionsPerTurn: 100,
  /** Pieces that one reader of a stream gets in one turn of the event loop. */
  streamPiecesPerTurnMax: 256,
  /** Silence on a stream before a comment shows that it lives; below `adminIdleMs`. */
  streamBeatMs: 10_000,
  /** Streams open at once; of `adminConnectionsMax`, so that verbs and probes find room. */
  streamsMax: 32,
  /** The admin listener's own bounds. */
  adminHeadBytes: 8_192,
  adminBodyBytes: 4_096,
  adminHeadMs: 5_000,
  adminRequestMs: 10_000,
  /** Without a byte in either direction: a reader that does not read. */
  adminIdleMs: 30_000,
  adminKeepAliveMs: 5_000,
  adminConnectionsMax: 64,
  /** For asking a socket in the state directory whether a gateway lives behind it. */
  adminKnockMs: 1_000,
  /** In Retry-After, where the refusal names no time. */
  retryAfterMs: 1_000,
  /** Of the hold timeout: how long a request waits whose client cannot be seen to leave, since reading has stopped. */
  blindHoldShare: 0.5,
  /** Entries read of X-Forwarded-For or Forwarded, from the right. */
  forwardingChainMax: 32,
  /** A connection that ends with an answer is still read for so long, or the answer may be lost to a reset. */
  lingerMs: 1_000,
  /** Meanwhile no more than this is read and thrown away. */
  lingerBytes: 1_048_576,
  /** A request body that is read must bring so many bytes in each window of so many ms. */
  bodyWindowBytes: 1_024,
  bodyWindowMs: 30_000,
  /** An answer that is complete waits so long for a client that does not take it. */
  flushMs: 30_000,
  /** Clients that are told the progress of a wake, over all functions. */
  progressWatchersMax: 1_000,
  /** One of them for so long; then it connects again. */
  progressMs: 60_000,
  progressRetryMs: 1_000,
  /** Client addresses whose wakes are remembered; the one that woke least recently is forgotten first. */
  wakeClientsMax: 10_000,
  /** How often client connections are looked at for heads that are late. */
  headCheckMs: 250,
} as const
