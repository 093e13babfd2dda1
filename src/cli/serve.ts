/** `coldfront serve`: loads the configuration, starts the gateway, and stays until a signal ends it. */

import { Log } from '../telemetry/log.ts'
import { greeting } from './greeting.ts'
import { CONFIG_FILE } from './config-file.ts'
import { loadFile } from './load-file.ts'
import { dieOnFault, untilSignalled } from './signals.ts'
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
  /** Reads the file again, for reloads that do not come from a signal. */
  readonly load: () => Promise<Config>
}

/** What `serve` needs of a running gateway. */
export interface Served {
  readonly addresses: Addresses
  reload(config: Config): Promise<void>
  close(): Promise<void>
}

/** Throws `ConfigError`, and what keeps the gateway from starting. */
export async function serve(
  { shell, values }: Call,
  start: (config: Config, deps: GatewayDeps) => Promise<Served>,
): Promise<number> {
  const load = (): Promise<Config> => loadFile(values.get('config') ?? CONFIG_FILE, shell)
  const config = await load()
  const format = values.get('log') === undefined ? config.log.format : formatOf(values.get('log'))
  const { clock, colour } = shell
  const log = new Log({ output: shell.log, clock, format, colour, requests: config.log.requests })
  dieOnFault(shell, log)
  const gateway = await start(config, { clock, log, version: VERSION, load })
  if (shell.isTerminal && format === 'pretty') shell.out(greeting(config, gateway.addresses))
  const reload = async (): Promise<void> => {
    try {
      await gateway.reload(await load())
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      log.event({ k: 'reload_failed', at: clock.wall(), message })
    }
  }
  return untilSignalled({ shell, log, close: () => gateway.close(), reload })
}

const formatOf = (word: string | undefined): 'json' | 'pretty' =>
  word === 'pretty' ? 'pretty' : 'json'
