/**
 * The same bytes through our parser and through Node's llhttp in strict mode. Where both accept they must agree
 * on method, fields and content; where one refuses what the other takes, the difference is on this list with
 * its reason.
 */

import t from 'tap'

import { askNode, type OracleOutcome } from '../../support/llhttp.ts'
import { chance, mutate, SEEDS } from '../../support/mutation.ts'
import { readWhole, type RequestOutcome } from '../../support/wire-body.ts'

const ROUNDS = 3_000
const SEED = 4

interface Difference {
  /** Our reason for refusing, `accepted`, or `incomplete`. */
  readonly ours: string
  /** llhttp's code, `accepted`, or `incomplete`; several are separated by spaces. */
  readonly theirs: string
  readonly why: string
}

const LATER = 'accepted incomplete'

const DIFFERENCES: readonly Difference[] = [
  {
    ours: 'no Host',
    theirs: LATER,
    why: 'llhttp leaves Host to its user; RFC 9112 §3.2 asks for 400',
  },
  { ours: 'more than one Host', theirs: LATER, why: 'the same' },
  {
    ours: 'host is not a name or address with an optional port',
    theirs: LATER,
    why: 'the same; and what is no host name of the DNS cannot be routed by',
  },
  {
    ours: 'Connection is not a list of tokens',
    theirs: LATER,
    why: 'llhttp looks for the words it knows; a list that is none may hide a name',
  },
  {
    ours: 'Expect is not 100-continue',
    theirs: LATER,
    why: 'llhttp leaves Expect to its user; RFC 9110 §10.1.1 allows 417',
  },
  {
    ours: 'target is empty, or a byte in it is not allowed',
    theirs: LATER,
    why: 'llhttp takes HTTP/0.9 for a version, a fragment for a part of the target, and several spaces for one',
  },
  {
    ours: 'target is neither a path nor an http URI',
    theirs: LATER,
    why: 'llhttp takes any scheme; only http URIs lead here (RFC 9112 §3.2.2)',
  },
  {
    ours: 'target * with a method other than OPTIONS',
    theirs: LATER,
    why: 'llhttp takes * with any method; RFC 9112 §3.2.4 does not',
  },
  {
    ours: 'HTTP version is malformed',
    theirs: LATER,
    why: 'llhttp skips spaces in front of the version; RFC 9112 §3 has exactly one',
  },
  {
    ours: 'HTTP version is neither 1.0 nor 1.1',
    theirs: LATER,
    why: 'llhttp takes HTTP/0.9, which has no fields, and HTTP/2.0, which has other frames',
  },
  { ours: 'CONNECT', theirs: LATER, why: 'no tunnel is offered' },
  {
    ours: 'transfer coding is unknown',
    theirs: LATER,
    why: 'llhttp looks at the last coding alone; RFC 9112 §6.1 asks for 501',
  },
  {
    ours: 'Transfer-Encoding does not end in one chunked',
    theirs: LATER,
    why: 'chunked twice would be decoded once',
  },
  {
    ours: 'Content-Length is repeated or not a number',
    theirs: LATER,
    why: 'llhttp may wait for more before it decides',
  },
  {
    ours: 'method longer than 32 bytes',
    theirs: 'HPE_INVALID_METHOD incomplete',
    why: 'both refuse',
  },
  {
    ours: 'accepted',
    theirs: 'HPE_INVALID_METHOD',
    why: 'llhttp knows a fixed list of methods; RFC 9110 §9.1 has none',
  },
  {
    ours: 'accepted',
    theirs: 'HPE_INVALID_URL',
    why: 'bytes of a target above 0x7f go on unchanged here, as other proxies have it',
  },
  {
    ours: 'accepted',
    theirs: 'HPE_STRICT HPE_INVALID_CHUNK_SIZE',
    why: 'chunk extensions are not read: any bytes but control bytes are skipped, within a limit',
  },
  {
    ours: 'method is not a token followed by one space',
    theirs: LATER,
    why: 'llhttp skips a bare CR in front of a request',
  },
  {
    ours: 'framing field in the trailers',
    theirs: LATER,
    why: 'RFC 9110 §6.5.1; llhttp minds only those with a bad value',
  },
  {
    ours: 'trailer section is broken or too large',
    theirs: LATER,
    why: 'the same, told by the body',
  },
  {
    ours: 'incomplete',
    theirs:
      'HPE_INVALID_METHOD HPE_INVALID_CONTENT_LENGTH HPE_STRICT HPE_INVALID_URL HPE_INVALID_HEADER_TOKEN',
    why: 'ours waits for the end of the line or of the head before it judges',
  },
  {
    ours: 'chunked framing is broken',
    theirs: 'accepted',
    why: 'Node hands an upgrade over with its head, and reads no body',
  },
  {
    ours: 'incomplete',
    theirs: 'accepted',
    why: 'Node hands an upgrade over with its head, whatever body it announces',
  },
]

const wordOf = (outcome: RequestOutcome | OracleOutcome): string =>
  outcome.k === 'refused' ? outcome.reason : outcome.k

const isListed = (ours: string, theirs: string): boolean =>
  DIFFERENCES.some((d) => d.ours === ours && d.theirs.split(' ').includes(theirs))

t.test(
  'differential: damaged requests mean the same to llhttp, or the difference has a reason',
  async (t) => {
    const random = chance(SEED)
    const verdicts = { both: 0, listed: 0 }
    for (let i = 0; i < ROUNDS; i += 1) {
      const text = mutate(SEEDS[i % SEEDS.length]!, random)
      const ours = readWhole(text)
      const theirs = await askNode(text)
      if (ours.k !== theirs.k) {
        verdicts.listed += 1
        const pair = [wordOf(ours), wordOf(theirs)] as const
        if (!isListed(...pair)) t.fail(`${pair.join(' | ')}: ${JSON.stringify(text)}`)
      } else if (ours.k === 'accepted' && theirs.k === 'accepted') {
        verdicts.both += 1
        const { method, fields } = ours.meaning as { method: string; fields: string[] }
        const got = [method, fields, ours.content]
        const expected = [theirs.method, theirs.fields, theirs.content]
        if (JSON.stringify(got) !== JSON.stringify(expected)) {
          t.same(got, expected, JSON.stringify(text))
        }
      }
    }
    t.ok(verdicts.both > ROUNDS / 20, `${verdicts.both} of ${ROUNDS} are accepted by both`)
  },
)
