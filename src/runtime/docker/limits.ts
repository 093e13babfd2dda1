/** Every bound of the Docker runtime that is not the operator's to set, each with its unit in its name. */

export const DOCKER_LIMITS = {
  /** The newest API version this adapter was written against; the engine's is used when it is older. */
  apiVersionMax: '1.47',
  /** Docker 19.03. */
  apiVersionMin: '1.40',
  pingMs: 2_000,
  infoMs: 10_000,
  listMs: 20_000,
  /** For `create` to settle after its caller has left, so that what it made can be removed. */
  createMs: 60_000,
  removeMs: 30_000,
  logsMs: 5_000,
  /** One request for many lines: the engine is asked again this often. */
  relistMs: 60_000,
  reconnectMinMs: 100,
  reconnectMaxMs: 10_000,
  /** Inspects at once while catching up; more only makes the engine slower for starts. */
  inspectsMax: 4,
  /** Events are asked for from this long ago, since the engine answers before it has subscribed. */
  eventsSinceMs: 1_000,
  /** One line of an event or progress stream. */
  jsonLineBytes: 1_048_576,
  /** One answer that is read whole: an inspect of some kilobytes. */
  answerBytes: 16_777_216,
  /** Unused connections to the engine's socket that are kept: as many starts as go on at once on a common machine. */
  linesKeptMax: 16,
  /** Present images remembered, and for how long. */
  imagesMax: 1_000,
  imageTtlS: 60,
  /** Between two progress events of one pull. */
  progressMs: 1_000,
  credentialHelperMs: 10_000,
  credentialBytes: 65_536,
  /** Output is followed after this long, so that it costs a cold start nothing; nothing is lost by it. */
  followAfterMs: 1_000,
  /** What a run prints may be stamped this much earlier than the start that the engine notes. */
  startNotedMs: 500,
  /** Between looks at the engine's own health check, where a function waits for it. */
  healthStepMs: 100,
  /** Docker 20.10 may tell the state before a pause or a thaw for a few ms after it: it is asked again, so often at most. */
  settleLooksMax: 5,
  settleStepMs: 5,
  /** The longest path of a unix socket that every kernel takes, without the final zero. */
  socketPathBytes: 103,
  /** Containers whose memory is read at once; of them the engine is asked for so many at most in one look. */
  memoryReadsAtOnceMax: 4,
  statsPerLookMax: 50,
  statsMs: 2_500,
  /** Of a sandbox: what the engine's own runtime needs to start a program. The program itself is one process of a page or two. */
  sandboxPids: 32,
  sandboxBytes: 32 * 1_048_576,
  logFileSize: '10m',
  logFiles: '2',
} as const
