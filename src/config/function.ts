/** From a function's text to its `FunctionSpec`, or to all its mistakes. */

import { dirname } from 'node:path'
import type { FunctionSpec, HostRoute, RuntimeName } from '../domain/function.ts'
import { functionId } from '../domain/ids.ts'
import { LIMITS } from '../domain/limits.ts'
import { type Checked, check, type Locate } from './check.ts'
import { incoherent, type FunctionParts } from './coherence.ts'
import { FUNCTION_NAME, FunctionOptions, type Kind, type OptionName } from './function-options.ts'
import {
  effective,
  isOptions,
  kindOf,
  locator,
  strangers,
  type DefaultsText,
  type FunctionText,
  type Options,
} from './function-text.ts'
import { parseHostRoute } from './host-route.ts'
import type { Mistake } from './mistake.ts'
import { revisionOf } from './revision.ts'
import { buildSpec } from './spec.ts'
import { parseVolume } from './volume.ts'

/** What a function takes from the gateway. */
export interface FunctionContext {
  readonly defaults: DefaultsText
  /** The name after `default:`. */
  readonly defaultName: string | undefined
  readonly runtime: 'auto' | 'docker' | 'process'
  readonly engineHost: string | undefined
  readonly stateDir: string
}

export interface Built {
  /** There as soon as each option is valid alone, so that it can be compared with others; of no use with mistakes. */
  readonly fn: FunctionSpec | undefined
  readonly text: FunctionText
  readonly locate: Locate
  readonly mistakes: readonly Mistake[]
}

const RUNTIMES: Readonly<Record<Kind, RuntimeName>> = {
  image: 'docker',
  container: 'docker',
  command: 'process',
  upstream: 'static',
}

export function buildFunction(text: FunctionText, context: FunctionContext): Built {
  const locate = locator(text, context.defaults)
  const failed = (mistakes: readonly Mistake[]): Built => ({
    fn: undefined,
    text,
    locate,
    mistakes,
  })
  const { raw } = text
  if (!FUNCTION_NAME.test(text.name)) return failed(locate([], NAME_PROBLEM, 'key'))
  if (!isOptions(raw)) return failed(locate([], 'expected a map of options', 'key'))
  const { kind, mistakes: kindMistakes } = kindOf(raw, locate)
  if (!kind) return failed([...kindMistakes, ...check(FunctionOptions, raw, locate).mistakes])
  const foreign = strangers(raw, kind, locate)
  const { value: options, mistakes } = checkOptions(
    effective(raw, kind, context.defaults.raw),
    locate,
  )
  if (!options) return failed([...foreign, ...mistakes])
  const { runtime: gatewayRuntime, engineHost, stateDir } = context
  const gateway = { runtime: gatewayRuntime, engineHost, stateDir }
  const { file } = text.source
  const parts = { kind, runtime: RUNTIMES[kind], raw, options, file, gateway, locate }
  const isDefault = context.defaultName === text.name
  const { routes, mistakes: hostMistakes } = buildRoutes(parts, isDefault)
  const fn = assemble({ ...parts, id: functionId(text.name), routes, isDefault })
  return { fn, text, locate, mistakes: [...foreign, ...hostMistakes, ...incoherent(parts)] }
}

/** What all options come to that a function does not set. */
const UNSET = FunctionOptions.parse({})

/**
 * Looks at the options that are set alone, as long as they are right: most functions set few, and one look at all forty
 * takes a third of the time of a start with a thousand functions.
 */
function checkOptions(set: Options, locate: Locate): Checked<FunctionOptions> {
  const value: Record<string, unknown> = { ...UNSET }
  for (const [name, one] of Object.entries(set)) {
    const schema = isOption(name) ? FunctionOptions.shape[name] : undefined
    const result = schema?.safeParse(one)
    // Whatever is wrong is told with all the rest.
    if (!result?.success) return check(FunctionOptions, set, locate)
    value[name] = result.data
  }
  return { value: value as FunctionOptions, mistakes: [] }
}

const isOption = (name: string): name is OptionName => Object.hasOwn(FunctionOptions.shape, name)

const NAME_PROBLEM =
  'expected a name of lower-case letters, digits and hyphens, at most 63 characters: it becomes part of container names'

type Assembly = FunctionParts & Pick<FunctionSpec, 'id' | 'routes' | 'isDefault'>

function assemble({
  kind,
  runtime,
  options: o,
  file,
  id,
  routes,
  isDefault,
}: Assembly): FunctionSpec {
  const spec = buildSpec(kind, o, dirname(file))
  const writes = o.volumes.some((volume) => parseVolume(volume, '/')?.writable)
  return {
    id,
    revision: revisionOf(spec),
    routes,
    isDefault,
    runtime,
    spec,
    concurrency: o.concurrency,
    instances: o.instances,
    ...tiers(o),
    ...deadlines(o),
    onCold: o.onCold,
    waitingPage: { theme: o.waitingPage.theme, html: o.waitingPage.html },
    scale: { patienceMs: o.scale.patience },
    priority: o.priority,
    select: o.select,
    // Two instances that write to the same volume at once can destroy what is in it.
    rollout: o.rollout ?? (writes ? 'replace' : 'overlap'),
  }
}

const tiers = ({ idle, hold }: FunctionOptions) => ({
  idle: {
    policy: idle.policy,
    pauseAfterMs: idle.pauseAfter,
    stopAfterMs: idle.stopAfter,
    removeAfterMs: idle.removeAfter,
    tunnelAfterMs: idle.tunnelAfter,
  },
  hold: {
    timeoutMs: hold.timeout === 'auto' ? LIMITS.autoHold.maxMs : hold.timeout,
    auto: hold.timeout === 'auto',
    waiters: hold.waiters,
  },
})

const deadlines = ({ readiness, start, stop, timeouts }: FunctionOptions) => ({
  readiness: {
    http: readiness.http,
    statuses: readiness.statuses,
    healthcheck: readiness.healthcheck,
    timeoutMs: readiness.timeout,
  },
  start: { pullTimeoutMs: start.pullTimeout, timeoutMs: start.timeout },
  stop: { graceMs: stop.grace, drainTimeoutMs: stop.drainTimeout },
  timeouts: {
    connectMs: timeouts.connect,
    responseMs: timeouts.response,
    idleMs: timeouts.idle,
    tunnelMs: timeouts.tunnel,
    requestMs: timeouts.request,
  },
})

function buildRoutes(
  { options, locate }: FunctionParts,
  isDefault: boolean,
): { routes: HostRoute[]; mistakes: Mistake[] } {
  const mistakes: Mistake[] = []
  const routes = (options.hosts ?? []).flatMap((host, i) => {
    const route = parseHostRoute(host)
    if (typeof route !== 'string') return [route]
    mistakes.push(...locate(['hosts', i], route))
    return []
  })
  if (!isDefault && (options.hosts ?? []).length === 0) {
    const message =
      'nothing leads to this function: expected hosts, or its name after "default:" at the top of the file'
    mistakes.push(...locate(options.hosts ? ['hosts'] : [], message, 'key'))
  }
  // Routes are found again by their place in `hosts`, so they count only when all are there.
  return { routes: mistakes.length > 0 ? [] : routes, mistakes }
}
