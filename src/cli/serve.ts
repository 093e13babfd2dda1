/** `coldfront serve`: loads the configuration, starts the gateway, and stays until a signal ends it. */

import { Log } from '../telemetry/log.ts'
import { greeting } from './greeting.ts'
import { CONFIG_FILE } from './config-file.ts'
import { loadFile } from './load-file.ts'
import { Notifier } from './notify.ts'
import { FLUSH_MS, dieOnFault, untilSignalled } from './signals.ts'
import { VERSION } from './version.ts'
import type { Addresses } from './greeting.ts'
import type { Call } from './command.ts'
import type { Clock } from '../lib/clock.ts'
import type { Config } from '../config/config.ts'

/** What the gateway gets besides its configuration. */
export interface GatewayDeps {
  readonly clock: Clock
  /** A subscriber; its `dropped` is a metric. */
  readonly log: Log
  readonly version: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly homedir: string
  /** Reads the file again, for reloads that do not come from a signal. */
  readonly load: () => Promise<Config>
}

/** What `serve` needs of a running gateway. */
export interface Served {
  readonly addresses: Addresses
  /** Tells a mistake in the log. */
  reload(): Promise<unknown>
  close(): Promise<void>
}

/** Throws `ConfigError`, and what keeps the gateway from starting. */
export async function serve(
  { shell, values }: Call,
  start: (config: Config, deps: GatewayDeps) => Promise<Served>,
): Promise<number> {
  const load = (): Promise<Config> => loadFile(values.get('config') ?? CONFIG_FILE, shell)
  const config = await load()
  const format = formatOf(values.get('log') ?? config.log.format, shell.isTerminal)
  const { clock, colour, log: output } = shell
  const log = new Log({ ...config.log, output, clock, format, colour })
  dieOnFault(shell, log)
  const starting = start(config, {
    clock,
    log,
    load,
    version: VERSION,
    env: shell.env,
    homedir: shell.homedir,
  })
  const notifier = new Notifier({ shell, log })
  const reload = async (): Promise<void> => {
    const gateway = await starting
    await notifier.reloading()
    await gateway.reload()
    await notifier.ready()
  }
  const close = async (): Promise<void> => {
    const told = notifier.stopping()
    // A signal during the start waits for its end: half a start cannot be drained.
    await (await starting).close()
    await told
  }
  const ended = untilSignalled({ shell, log, close, reload })
  try {
    const { addresses } = await starting
    void notifier.ready()
    if (shell.isTerminal && format === 'pretty') shell.out(greeting(config, addresses))
  } catch (error) {
    await log.flush(FLUSH_MS)
    throw error
  }
  return ended
}

const formatOf = (word: string, isTerminal: boolean): 'json' | 'pretty' =>
  word === 'pretty' || (word === 'auto' && isTerminal) ? 'pretty' : 'json'
