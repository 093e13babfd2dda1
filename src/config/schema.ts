/** The schema of `gateway.yaml`. From it come validation, types, `gateway.schema.json` and docs/CONFIG.md. */

import { z } from 'zod'
import { EVENT_KINDS } from '../domain/hook.ts'
import { isNetwork, parseListen } from './address.ts'
import { parseHost } from './host-route.ts'
import { DefaultOptions, FUNCTION_NAME, FunctionOptions } from './function-options.ts'
import {
  choice,
  choices,
  count,
  duration,
  flag,
  group,
  limit,
  pairs,
  section,
  sections,
  share,
  size,
  text,
  texts,
} from './option.ts'

const listeners = {
  listen: group('Where requests come in.', {
    http: text({
      about: '`host:port`, `:port` for every address, or `unix:/path`.',
      kind: 'an address such as 127.0.0.1:8080, :8080 or unix:/path',
      valid: (address) => parseListen(address) !== undefined,
    }).prefault('127.0.0.1:8080'),
  }),
  admin: group('The private listener: health, metrics, status. Never expose it.', {
    listen: text({
      about: '`host:port`, or `off` for none but the unix socket in the state directory.',
      kind: 'an address such as 127.0.0.1:9090, or off',
      valid: (address) => address === 'off' || parseListen(address)?.k === 'tcp',
    }).prefault('127.0.0.1:9090'),
    hosts: texts({
      about: 'Names it answers for besides IP addresses and localhost.',
      kind: 'a host',
      valid: (host) => parseHost(host) !== undefined,
    }).prefault([]),
  }),
  trustedProxies: texts({
    about:
      'Proxies in front whose `Forwarded` and `X-Forwarded-*` are believed: addresses or CIDRs.',
    kind: 'an address or CIDR such as 10.0.0.0/8',
    valid: isNetwork,
  }).prefault([]),
  timing: choice(
    ['trusted', 'all', 'off'],
    'Who gets the `Server-Timing` header; `trusted` is trusted proxies and loopback.',
  ).prefault('trusted'),
  request: group('What a client may send.', {
    headMax: size({
      about: 'Request line and header fields together; beyond it 431.',
      min: '1KiB',
      max: '1MiB',
    }).prefault('16KiB'),
    fieldsMax: count({
      about: 'Number of header fields; beyond it 431.',
      min: 1,
      max: 10_000,
      unit: 'fields',
    }).prefault(100),
    targetMax: size({ about: 'Request target; beyond it 414.', min: '64B', max: '1MiB' }).prefault(
      '8KiB',
    ),
    headTimeout: duration({
      about: 'From the first byte of a request to the end of its head.',
      min: '10ms',
      max: '10m',
    }).prefault('10s'),
    keepAlive: duration({
      about: 'Between requests of one connection.',
      min: '0s',
      max: '24h',
    }).prefault('75s'),
    connectionsMax: count({
      about: 'Open client connections.',
      min: 1,
      max: 1_000_000,
      unit: 'connections',
    }).prefault(20_000),
  }),
}

const limits = {
  wakeRate: group(
    'How often one client address may start instances; beyond it 429. Requests that find an instance running, paused or starting do not count.',
    {
      burst: limit({
        about:
          'Starts at once. An IPv6 network of 64 bits counts as one address; behind a proxy set `trustedProxies`, or all its clients are one.',
        min: 1,
        max: 1_000_000,
        unit: 'starts',
      }).prefault(60),
      per: duration({
        about: 'Time in which as many are allowed again.',
        min: '1s',
        max: '24h',
      }).prefault('1m'),
    },
  ),
  starts: group('Starts on this machine.', {
    concurrent: count({
      about: 'Starts at once, fair between functions. Default: twice the number of cores.',
      min: 1,
      max: 1_000,
      unit: 'starts',
    }).optional(),
  }),
  budget: group(
    'What instances of all functions take together, paused ones included. Is it used up, what is idle ends for what is wanted.',
    {
      instances: count({
        about: 'How many.',
        min: 1,
        max: 100_000,
        unit: 'instances',
      }).prefault(1_000),
      memory: size({
        about: 'Their memory, each counted with its `memory` limit. Left out: not looked at.',
        min: '64MiB',
        max: '1024TiB',
      }).optional(),
      memoryEach: size({
        about: 'What one without a limit counts as.',
        min: '1MiB',
        max: '16TiB',
      }).prefault('128MiB'),
      whenFull: choice(
        ['wait', 'refuse'],
        'What requests meet when all of it is in use: wait in line until `hold.timeout`, or 503 at once.',
      ).prefault('wait'),
    },
  ),
  hold: group('Requests that wait, over all functions.', {
    waitersTotal: count({
      about: 'Most that wait at once; then 503.',
      min: 1,
      max: 10_000_000,
      unit: 'requests',
    }).prefault(20_000),
    readMax: size({
      about: 'Of one request’s body read while it waits.',
      min: '0B',
      max: '16MiB',
    }).prefault('16KiB'),
    readTotalMax: size({
      about: 'The same for all that wait together.',
      min: '0B',
      max: '16GiB',
    }).prefault('64MiB'),
  }),
}

const process = {
  runtime: choice(
    ['auto', 'docker', 'process'],
    'What functions may run as: containers, child processes, or both (`auto`).',
  ).prefault('auto'),
  docker: group('The container engine.', {
    host: text({
      about: 'Its address, as in DOCKER_HOST. Default: found as the docker client does.',
      kind: 'an address such as unix:///var/run/docker.sock',
      valid: (host) => /^(unix|tcp|http|https|ssh):\/\/\S+$/.test(host),
    }).optional(),
  }),
  stateDir: text({
    about:
      'Keys, owner id and admin socket. Default: a directory for this file below `$STATE_DIRECTORY`, `/var/lib/coldfront` (root) or `${XDG_STATE_HOME:-~/.local/state}/coldfront`.',
    kind: 'a path',
  }).optional(),
  shutdown: group('What SIGTERM does.', {
    drainDelay: duration({
      about: '`/readyz` fails, requests are still accepted.',
      min: '0s',
      max: '1h',
    }).prefault('0s'),
    drainTimeout: duration({ about: 'For what is in flight.', min: '0s', max: '24h' }).prefault(
      '30s',
    ),
    onExit: choice(['stop', 'leave'], 'What becomes of the instances.').prefault('stop'),
  }),
  log: group('The log on standard output.', {
    format: choice(
      ['auto', 'json', 'pretty'],
      'Lines for machines or for people; auto: for people on a terminal.',
    ).prefault('auto'),
    level: choice(
      ['debug', 'info', 'warn', 'error'],
      'The least that is told; debug: each step of each instance, too.',
    ).prefault('info'),
    requests: flag('A line for each request.').prefault(true),
  }),
}

const telling = {
  hooks: sections(
    'Addresses that events are posted to as JSON, in order, tried again for about three minutes; what an event is: EVENTS.md.',
    {
      url: text({
        about: 'Where to. Redirects are not followed.',
        kind: 'an address such as https://example.org/hook',
        valid: (url) => /^https?:$/.test(URL.parse(url)?.protocol ?? ''),
      }),
      events: choices(EVENT_KINDS, 'Which ones: the kinds in EVENTS.md.'),
      secret: text({
        about:
          'Signs each request (HMAC-SHA256, as standardwebhooks.com has it; `whsec_` and base64, or any text). Best as `${file:…}`.',
        kind: 'text',
      }).optional(),
    },
  ).prefault([]),
  traces: section(
    'OpenTelemetry traces, sent as OTLP over HTTP (JSON); what is in them: TRACES.md. Without this group there are none.',
    {
      endpoint: text({
        about: 'Where to, path included. Redirects are not followed.',
        kind: 'an address such as http://127.0.0.1:4318/v1/traces',
        valid: (url) => /^https?:$/.test(URL.parse(url)?.protocol ?? ''),
      }),
      headers: pairs('Fields sent along, such as a key. Best as `${file:…}`.').prefault({}),
      sample: share(
        'How many of the requests are traced; those of a trusted peer that is in a trace itself go by that one’s word. Wakes always are.',
      ).prefault(1),
      serviceName: text({ about: '`service.name` of the spans.', kind: 'text' }).prefault(
        'coldfront',
      ),
    },
  ).optional(),
}

const functions = {
  include: texts({
    about:
      'Directories of function files (`*.yaml`, `*.yml`): each a map of functions, or one function named by its file.',
    kind: 'a directory',
  }).prefault([]),
  default: text({
    about: 'The function for hosts that no other has.',
    kind: 'a function’s name',
  }).optional(),
  defaults: DefaultOptions.meta({
    description: 'What functions have that do not say otherwise.',
  }).prefault({}),
}

/** Everything but the functions, which are judged one by one. */
export const GatewayOptions = section('gateway.yaml of coldfront', {
  ...listeners,
  ...limits,
  ...process,
  ...telling,
  ...functions,
  functions: z.unknown().optional(),
})

export type GatewayOptions = z.output<typeof GatewayOptions>

/** The whole file, for editors and the reference. */
export const GatewayFile = GatewayOptions.extend({
  functions: z
    .record(
      z.string().regex(FUNCTION_NAME),
      FunctionOptions.meta({
        id: 'Function',
        anyOf: [
          { required: ['image'] },
          { required: ['container'] },
          { required: ['command'] },
          { required: ['upstream'] },
        ],
      }),
    )
    .meta({
      description:
        'The functions by name: lower-case letters, digits and hyphens, at most 63 characters.',
    })
    .optional(),
}).meta({ title: 'gateway.yaml', description: 'Configuration of a coldfront gateway.' })
