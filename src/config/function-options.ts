/** What `gateway.yaml` says of one function. With `schema.ts` the only place where its options, defaults and bounds stand. */

import { z } from 'zod'
import { isSocketPath, parseUpstream } from './address.ts'
import { choice, count, flag, list, pairs, section, size, text, texts } from './option.ts'
import { scaling, sleeping, timeouts, waking } from './lifecycle-options.ts'
import { parseVolume } from './volume.ts'
import type { Spec } from '../domain/function.ts'

/** A function's own name, and those of functions in `default` and in include files. */
export const FUNCTION_NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

/** Docker's own rule for the names of containers and networks. */
const isDockerName = (name: string): boolean => /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name)

const isWord = (text: string): boolean => /^\S+$/.test(text)

const what = {
  hosts: texts({
    about:
      'Where requests for it come in: `host`, `*.host` (one or more labels), each with an optional path prefix `host/path/`. The longest match wins.',
    kind: 'a host',
  }).optional(),
  image: text({
    about: 'Runs containers of this image.',
    kind: 'the name of an image',
    valid: isWord,
  }).optional(),
  container: text({
    about: 'Puts this existing container to sleep and wakes it; it is never created or removed.',
    kind: 'the name of a container',
    valid: isDockerName,
  }).optional(),
  command: list({
    about:
      'Alone: runs this program as a child process. With `image`: replaces the image’s command.',
    kind: 'text',
  })
    .min(1, 'expected a list with at least one text, such as [node, server.js]')
    .optional(),
  upstream: text({
    about: 'A server that is not managed, only proxied: `host:port` or `unix:/path`.',
    kind: 'an address such as 127.0.0.1:3000 or unix:/path, without a scheme',
    valid: (address) => parseUpstream(address) !== undefined,
  }).optional(),
  runtime: choice(
    ['auto', 'docker', 'process'],
    'What runs it; `auto` follows from `image`, `container` or `command`. Default: the `runtime` of the gateway.',
  ).optional(),
  entrypoint: list({ about: 'Replaces the image’s entrypoint.', kind: 'text' }).optional(),
  port: count({
    about:
      'The port it listens on, handed to it as `PORT`. Default: 8080; for a child process a free port for each instance.',
    min: 1,
    max: 65_535,
    unit: 'port',
  }).optional(),
  socket: text({
    about:
      'The unix socket it listens on instead of a port, an absolute path as the function sees it, handed to it as `SOCKET`. For a child process also a bare name: then it lies in a directory of the instance’s own.',
    kind: 'an absolute path of at most 103 bytes, or a name',
    valid: (path) => isSocketPath(path) || /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}$/.test(path),
  }).optional(),
}

const environment = {
  env: pairs(
    'Environment variables, values as written. `PORT`, `K_SERVICE`, `K_REVISION` and `K_CONFIGURATION` are set by the gateway. A child process gets only names of letters, digits and `_`.',
  ).prefault({}),
  workdir: text({
    about:
      'Working directory; for a child process relative to the file it stands in, which is its default.',
    kind: 'a path',
  }).optional(),
  user: text({
    about: 'User that it runs as: a name or id, with an optional `:group`.',
    kind: 'a user',
    valid: isWord,
  }).optional(),
}

const container = {
  pull: choice(['missing', 'always', 'never'], 'When the image is pulled.').prefault('missing'),
  memory: size({ about: 'Memory limit.', min: '6MiB', max: '16TiB' }).optional(),
  cpus: z
    .number('expected a number of cores from 0.01 to 1024')
    .min(0.01, 'expected a number of cores from 0.01 to 1024')
    .max(1024, 'expected a number of cores from 0.01 to 1024')
    .meta({ description: 'CPU limit, fractions allowed.', 'x-unit': 'cores' })
    .optional(),
  pids: count({
    about: 'Limit of processes and threads.',
    min: 1,
    max: 4_194_304,
    unit: 'processes',
  }).prefault(2_048),
  readOnly: flag('Makes the root file system read-only.').prefault(false),
  tmpfs: list({
    about: 'Directories in memory, as in `/tmp` or `/tmp:size=64m`.',
    kind: 'a path such as /tmp or /tmp:size=64m',
    valid: (path) => path.startsWith('/'),
  }).prefault([]),
  volumes: list({
    about:
      '`source:target`, with `:ro` for read-only; a source that starts with `.` is relative to the file it stands in.',
    kind: 'a volume such as ./data:/data or ./data:/data:ro',
    valid: (volume) => parseVolume(volume, '/') !== undefined,
  }).prefault([]),
  networks: list({
    about: 'Docker networks to join, which must exist.',
    kind: 'the name of a network',
    valid: isDockerName,
  }).prefault([]),
  labels: pairs('Labels of the container.').prefault({}),
  extraHosts: list({
    about: '`name:address`, as for `docker run --add-host`.',
    kind: 'a host such as db:10.0.0.5',
    valid: (host) => /^[^:=\s]+[:=]\S+$/.test(host),
  }).prefault([]),
  reach: choice(
    ['auto', 'ip', 'network', 'published'],
    'How the container is reached: by its IP, by a network shared with the gateway, or by a port published on 127.0.0.1.',
  ).prefault('auto'),
  sandbox: flag(
    'Keeps the network of each instance, also of a stopped one, in a tiny container beside it, so that a start only joins it, which is half a start or less. A new instance takes longer to make, so keep one ahead with `instances.prepared`.',
  ).prefault(false),
  hardened: flag('Drops all capabilities and makes the root file system read-only.').prefault(
    false,
  ),
  dangerous: flag(
    'Allows what gives the function the whole host: volumes with the engine’s socket, the gateway’s state, `/`, `/etc`, `/proc` and the like, and the network `host`. See SECURITY.md.',
  ).prefault(false),
}

const shape = {
  ...what,
  ...environment,
  ...container,
  ...scaling,
  ...sleeping,
  ...waking,
  ...timeouts,
}

/** One function. Whether the options go together is checked in `function.ts`. */
export const FunctionOptions = section('A function.', shape)

/** A function's options as they come out: durations in ms, sizes in bytes, defaults filled in. */
export type FunctionOptions = z.output<typeof FunctionOptions>

export type OptionName = keyof typeof shape
export type Kind = Spec['k']

const forKinds = <Name extends OptionName>(kinds: readonly Kind[], ...names: Name[]) =>
  Object.fromEntries(names.map((name) => [name, kinds])) as Record<Name, readonly Kind[]>

/** Which kinds of function an option is for. One for another kind is a mistake; in `defaults` it is passed over. */
export const KINDS: Readonly<Record<OptionName, readonly Kind[]>> = {
  ...forKinds(['container'], 'container'),
  ...forKinds(['upstream'], 'upstream'),
  ...forKinds(['image', 'command'], 'command', 'env', 'workdir', 'user'),
  ...forKinds(['image', 'container'], 'reach'),
  ...forKinds(['image'], 'image', 'entrypoint', 'pull', 'memory', 'cpus', 'pids', 'readOnly'),
  ...forKinds(['image'], 'tmpfs', 'volumes', 'networks', 'labels', 'extraHosts'),
  ...forKinds(['image'], 'sandbox', 'hardened', 'dangerous'),
  ...forKinds(['image', 'container', 'command'], 'runtime', 'port', 'socket', 'instances'),
  ...forKinds(
    ['image', 'container', 'command'],
    'scale',
    'select',
    'rollout',
    'idle',
    'stop',
    'priority',
  ),
  ...forKinds(['image', 'container', 'command'], 'start', 'readiness', 'onCold', 'waitingPage'),
  ...forKinds(['image', 'container', 'command', 'upstream'], 'hosts', 'concurrency', 'hold'),
  ...forKinds(['image', 'container', 'command', 'upstream'], 'timeouts'),
}

/** What names a function or ties it to one place makes no sense for all. */
const OWN = {
  hosts: true,
  image: true,
  container: true,
  command: true,
  upstream: true,
  runtime: true,
  entrypoint: true,
  port: true,
  socket: true,
  workdir: true,
  volumes: true,
  dangerous: true,
} as const

/** The part of a function's options that `defaults` may set. */
export const DefaultOptions = FunctionOptions.omit(OWN)

/** In these the file's own spelling counts: `1.10` is not 1.1, and an id is a text. */
export const VERBATIM: ReadonlySet<string> = new Set<OptionName>([
  'env',
  'labels',
  'command',
  'entrypoint',
  'user',
  'image',
  'extraHosts',
])
