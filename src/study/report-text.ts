/** The sentences of a report, the same in HTML and Markdown. */

export const METHOD: readonly string[] = [
  'Every combination was measured once in each repetition, in an order of chance that the seed decides. Before each trial the function was brought into its tier, was seen there, and was left alone for a moment. Connections to the gateway stood before the first request was written, so that no connection time of the client is in a total.',
  'total: from the moment the requests were written to the first byte of the last answer. All stamps are of one clock, CLOCK_MONOTONIC, which every process of a machine reads, in containers too.',
  'The gateway’s share is measured from outside, per sample: (request written → first call to the runtime) + (between calls) + (the later of “the function listens” and “the last call was answered” → first byte of the request in the function). Calls to Docker are stamped by a socket in front of the engine’s, spawn and SIGCONT inside the gateway’s process, “listens” and “first byte” by the function itself.',
  'without gateway (the floor): the same calls made by the study itself (the gateway’s own create request over the same socket, a bare spawn, a bare SIGCONT) and a connect loop with pauses of 1 ms; in the tier “running” a direct request. A floor asks once, whatever the burst. A new process is floor-spawned without the gate and shell that the gateway puts before it.',
  'Tiers: new – nothing exists yet; stopped – the container exists; paused – frozen with its memory; running – warm.',
]

export const READING: readonly string[] = [
  'Medians come with percentile bootstrap intervals (2,000 resamples): in 95 of 100 such studies the interval holds the true median.',
  'Comparisons are paired: both values of a pair come from the same repetition, so that what disturbs the machine for a while disturbs both. p is that of Wilcoxon’s signed-rank test, exact and two-sided, corrected by Holm’s method for all comparisons of its table.',
  'noise is what a combination differs from itself (medians of even against odd repetitions), or half the interval of the difference, whichever is more.',
  'A difference is called real when p is below 0.05, its interval leaves out 0, and it is larger than the noise. “no difference shown” does not prove that there is none: more repetitions may show one.',
]

export interface Citation {
  readonly plan: string
  readonly digest: string
  readonly seed: number
  readonly version: string
  readonly date: string
}

/** How others name this study, and how they do it again. */
export const citation = ({ plan, digest, seed, version, date }: Citation): string =>
  `coldfront ${version}, study “${plan}” (plan digest ${digest}, seed ${seed}), measured ${date}.`
