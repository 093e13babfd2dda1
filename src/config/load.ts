/** From `gateway.yaml` with everything it refers to, to one `Config`, or to all mistakes at once. */

import { realpath } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { parseListen } from './address.ts'
import { check, type Locate } from './check.ts'
import type { Config, ListenAddress } from './config.ts'
import { ConfigFiles, type Env } from './files.ts'
import { DefaultOptions } from './function-options.ts'
import { isOptions, type DefaultsText, type FunctionText } from './function-text.ts'
import { buildFunction, type Built } from './function.ts'
import { parseHost } from './host-route.ts'
import { includedFunctions, ownFunctions, verbatimInGateway } from './include.ts'
import { aboveBudget, defaultExists, ownListeners, sameNames, sameRoutes } from './rules.ts'
import { GatewayOptions } from './schema.ts'
import type { Source } from './source.ts'
import { defaultStateDir } from './state-dir.ts'

/** What a load takes from the world besides files. */
export interface LoadRequest {
  /** As the operator named it: mistakes name it the same way. */
  readonly file: string
  readonly env: Env
  readonly homedir: string
  readonly isRoot: boolean
  /** Processors of this machine: `starts.concurrent` is twice that by default. */
  readonly cores: number
}

/** The admin socket's name in the state directory. */
export const ADMIN_SOCKET = 'admin.sock'

/** Reads and validates. Throws `ConfigError` with every mistake in every file; starts and creates nothing. */
export async function loadConfig(request: LoadRequest): Promise<Config> {
  const files = new ConfigFiles(request.file, request.env)
  const source = await files.source(resolve(request.file), verbatimInGateway)
  if (!source) throw files.error()
  const locate: Locate = (path, message, about) => source.mistake(path, message, about)
  const raw = source.value ?? {}
  const checked = check(GatewayOptions, raw, locate)
  files.mistakes.push(...checked.mistakes)
  const options = checked.value ?? salvage(isOptions(raw) ? raw : {})
  const included = await includedFunctions(options.include, { source, locate }, files)
  const texts = [...ownFunctions(source, files), ...included]
  const settings = {
    ...gatewayPart(options, request.cores),
    stateDir: await stateDir(request, source, options),
  }
  const functions = judge({ texts, options, settings, source, files, locate })
  if (files.mistakes.length > 0) throw files.error()
  return {
    ...settings,
    file: source.file,
    files: [...files.read],
    functions: functions.flatMap(({ fn }) => (fn ? [fn] : [])),
  }
}

/** The valid groups of an invalid file, defaults for the others: its functions are judged all the same. */
function salvage(raw: Readonly<Record<string, unknown>>): GatewayOptions {
  const groups = Object.entries(GatewayOptions.shape).map(([name, schema]) => {
    const { success, data } = schema.safeParse(raw[name])
    return [name, success ? data : schema.parse(undefined)] as const
  })
  return Object.fromEntries(groups) as GatewayOptions
}

type Settings = Omit<Config, 'file' | 'files' | 'functions'>

interface Case {
  readonly texts: readonly FunctionText[]
  readonly options: GatewayOptions
  readonly settings: Settings
  readonly source: Source
  readonly files: ConfigFiles
  readonly locate: Locate
}

/** The functions, each by itself and then together; the mistakes go to `files`. */
function judge({ texts, options, settings, source, files, locate }: Case): readonly Built[] {
  const context = {
    defaults: defaultsOf(source),
    defaultName: options.default,
    runtime: options.runtime,
    engineHost: options.docker.host,
    stateDir: settings.stateDir,
  }
  const functions = texts.map((text) => buildFunction(text, context))
  const { listen, admin, stateDir } = settings
  const socket: ListenAddress = { k: 'unix', path: join(stateDir, ADMIN_SOCKET) }
  const listeners = [listen.http, socket, ...(admin.listen ? [admin.listen] : [])]
  files.mistakes.push(
    ...functions.flatMap(({ mistakes }) => mistakes),
    ...sameNames(texts),
    ...sameRoutes(functions),
    ...ownListeners(functions, listeners),
    ...aboveBudget(functions, settings.budget),
    ...defaultExists(options.default, texts, locate),
  )
  return functions
}

/** Invalid defaults were reported already, and are not held against every function. */
function defaultsOf(source: Source): DefaultsText {
  const raw = isOptions(source.value) ? source.value['defaults'] : undefined
  return { raw: isOptions(raw) && DefaultOptions.safeParse(raw).success ? raw : {}, source }
}

function gatewayPart(options: GatewayOptions, cores: number): Omit<Settings, 'stateDir'> {
  const { listen, admin, docker, trustedProxies, timing, hold, request, shutdown, log } = options
  return {
    listen: { http: addressOf(listen.http) },
    admin: {
      listen: admin.listen === 'off' ? undefined : addressOf(admin.listen),
      hosts: admin.hosts.map((host) => parseHost(host) ?? host),
    },
    docker: { host: docker.host },
    trustedProxies,
    timing,
    wakeRate: { burst: options.wakeRate.burst, perMs: options.wakeRate.per },
    starts: { concurrent: options.starts.concurrent ?? 2 * cores },
    budget: { ...options.budget, memory: options.budget.memory ?? Infinity },
    hold,
    request: {
      headMax: request.headMax,
      fieldsMax: request.fieldsMax,
      targetMax: request.targetMax,
      headTimeoutMs: request.headTimeout,
      keepAliveMs: request.keepAlive,
      connectionsMax: request.connectionsMax,
    },
    shutdown: {
      drainDelayMs: shutdown.drainDelay,
      drainTimeoutMs: shutdown.drainTimeout,
      onExit: shutdown.onExit,
    },
    log,
    traces: options.traces,
    hooks: options.hooks.map(({ url, events, secret }) => ({ url, events, secret })),
  }
}

function addressOf(text: string): ListenAddress {
  const address = parseListen(text)
  if (!address) throw new Error('the schema let a listener pass that is no address')
  return address
}

async function stateDir(
  request: LoadRequest,
  source: Source,
  options: GatewayOptions,
): Promise<string> {
  if (options.stateDir !== undefined) return resolve(dirname(source.file), options.stateDir)
  return defaultStateDir({ ...request, realFile: await realpath(source.file) })
}
