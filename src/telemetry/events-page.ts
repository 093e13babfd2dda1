/** docs/EVENTS.md: every kind of event, what it means and what it carries. Pure; a test compares the page with the file. */

import { LIMITS } from '../domain/limits.ts'
import type { EventKind } from '../domain/hook.ts'
import type { GatewayEvent, LifeEvent } from './events.ts'

interface KindRow {
  readonly means: string
  /** Besides `id`, `at`, `k` and, where it is about a function, `fn`. */
  readonly fields: string
}

/** A new kind does not compile until it has its row. */
const FUNCTION_KINDS: Readonly<Record<LifeEvent['k'], KindRow>> = {
  woke: {
    means: 'The function was asleep and somebody wanted it.',
    fields:
      '`why`: `request`, `operator`, `minimum`, `spare`; `by`: `host`, `path`, `client`, `userAgent`',
  },
  held: {
    means: 'A request waits where none waited before; at most once a second.',
    fields: '`by`, as in `woke`',
  },
  released: {
    means: 'Nobody waits any more.',
    fields: '`requests`: how many had waited since `held`; `heldMs`: for how long somebody did',
  },
  suppressed: {
    means: 'Requests that would have woken the function did not; at most once a second.',
    fields: '`reason`: `rate`, `backoff`; `requests`; `by`: the newest of them',
  },
  refused: {
    means: 'A request was not held, or had to make room for others.',
    fields: '`code`, see ERRORS.md; `waiters`',
  },
  state: {
    means: 'An instance went from one state to another, see LIFECYCLE.md.',
    fields: '`instance`, `revision`, `from`, `to`, `event`',
  },
  pull: { means: 'An image is pulled.', fields: '`image`, `message`' },
  started: { means: 'The start call returned; the instance runs.', fields: '`instance`' },
  probed: {
    means: 'The instance was found ready.',
    fields:
      '`instance`, `probeMs`, `slackMs`: between the last refused attempt and the accepted one',
  },
  resumed: { means: 'The instance was thawed.', fields: '`instance`, `resumeMs`' },
  ready: {
    means: 'A wake is over: requests are let through.',
    fields: '`instance`, `by`: `cold`, `resumed`; `totalMs`; `phases` in ms',
  },
  paused: { means: 'The instance is frozen, memory kept.', fields: '`instance`' },
  stopped: {
    means: 'The instance has ended.',
    fields:
      '`instance`, `why` in words; `problem`: what to do about it, where it had reached its memory limit',
  },
  failed: {
    means: 'A start, a probe or a young run came to nothing.',
    fields: '`instance`, `reason`, `message`, `backoffMs`',
  },
  alarm: { means: 'What should not happen.', fields: '`instance`, `what`' },
}

const GATEWAY_KINDS: Readonly<Record<GatewayEvent['k'], KindRow>> = {
  listening: { means: 'A listener is there.', fields: '`what`, `address`' },
  reloaded: {
    means: 'The configuration was read again and applies.',
    fields: `\`functions\`: how many; \`changed\`: their names, at most ${LIMITS.eventListMax}`,
  },
  reload_failed: { means: 'It has a mistake; nothing was changed.', fields: '`message`' },
  runtime: {
    means: 'An engine answers, or does not any more.',
    fields: '`runtime`, `up`, `message`',
  },
  closing: { means: 'The gateway drains and ends.', fields: '`message`' },
  notice: { means: 'Anything else worth a look.', fields: '`level`, `message`' },
}

/** Each kind that a hook may ask for is one that there is. */
const KINDS: Readonly<Record<EventKind, KindRow>> = { ...FUNCTION_KINDS, ...GATEWAY_KINDS }

const table = (kinds: readonly string[]): string =>
  [
    '| `k` | when | fields |',
    '| --- | --- | --- |',
    ...Object.entries(KINDS)
      .filter(([k]) => kinds.includes(k))
      .map(([k, { means, fields }]) => `| \`${k}\` | ${means} | ${fields} |`),
  ].join('\n')

/** The page as text. */
export const eventsPage = (): string => `# Events

<!-- Generated from src/telemetry/events-page.ts: change that, then \`npm run generate\`. -->

Everything that happens in a gateway is one stream of events. The log writes them, the metrics count them, and
\`GET /api/v1/events\` on the admin listener streams them as server-sent events, one JSON object each:

\`\`\`
$ curl -N http://127.0.0.1:9090/api/v1/events
: coldfront

id: mrnk2x3c-41
data: {"id":41,"k":"woke","at":1767323045006,"fn":"hello","why":"request","by":{"host":"hello.localhost",…}}

id: mrnk2x3c-42
data: {"id":42,"k":"started","at":1767323045010,"fn":"hello","instance":"hello-8c2f1b9a03"}
\`\`\`

| | |
| --- | --- |
| \`?function=NAME\` | only of this function, without what concerns the gateway as a whole |
| \`?last=N\` | begins with the N newest events |
| \`Last-Event-ID\` | goes on after this event; browsers send it by themselves when they connect again |

The last ${LIMITS.eventsKeptMax} events are kept (at most ${LIMITS.eventsKeptChars / 1_048_576} MiB of text). A reader that missed some, because it was away or is slow, is told
with \`{"k":"gap","missing":12}\`; \`missing\` is not there when the gateway was started anew meanwhile. A slow reader never
holds anything up; what it lost is counted in \`coldfront_events_lost_total\`. A comment comes after ${LIMITS.streamBeatMs / 1_000} s of silence. At
most ${LIMITS.streamsMax} streams are open at once.

\`at\` is in ms since 1970. Texts are cut at ${LIMITS.logTextChars} characters. A path comes without its query, and nothing here holds a
header, a body, a value of an environment or what a function printed.

## Of a function

\`fn\` says which.

${table(Object.keys(FUNCTION_KINDS))}

## Of the gateway

${table(Object.keys(GATEWAY_KINDS))}

## Hooks

\`hooks:\` in gateway.yaml (see CONFIG.md) posts events to addresses, each as the JSON above, in order and one at a time:

\`\`\`
POST /hook HTTP/1.1
content-type: application/json
webhook-id: mrnk2x3c-41
webhook-timestamp: 1767323045
webhook-signature: v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=

{"id":41,"k":"failed","at":1767323045006,"fn":"hello","reason":"exited",…}
\`\`\`

The signature is there when the hook has a \`secret\`: HMAC-SHA256, in base64, over \`webhook-id\`, \`webhook-timestamp\` and the body,
joined by dots, as [standardwebhooks.com](https://www.standardwebhooks.com) has it; its libraries verify it. Every status from 200 to 299 is an
acceptance. After 408, 429, a status from 500 on, or no answer within ${LIMITS.hookTimeoutMs / 1_000} s the event is sent again after ${LIMITS.hookRetryMs / 1_000} s, then after twice as long and so
on, ${LIMITS.hookAttemptsMax} times in all, with the same \`webhook-id\`; after any other status it is given up. At most ${LIMITS.hookQueueMax} events wait for one hook. What
is lost is counted in \`coldfront_hook_lost_total\` and told in the log, without what may be secret in the address.

## Requests, one by one

\`GET /api/v1/requests\` streams each request as it finishes, from now on, with \`?function=NAME\` those of one function: host, path,
client, status, what it met (\`start\`), and where its time went. While nobody reads it costs nothing. Of warm requests
${LIMITS.requestsToldPerSecond} are told per second, of those that met something else or ended with a 5xx ${LIMITS.specialRequestsToldPerSecond}; the rest is counted, as
\`{"k":"left_out","requests":950}\`.

## What functions print

\`GET /api/v1/functions/NAME/logs\` has the last lines (at most ${LIMITS.outputKeptMax} are kept) as JSON; with \`?follow=1\` they are streamed, with those to come,
as \`{"id":7,"at":1767323045006,"instance":"hello-8c2f1b9a03","line":"listening on 8080"}\`. Output may hold secrets: this
needs the token, or the unix socket. It ends when the function is removed.
`
