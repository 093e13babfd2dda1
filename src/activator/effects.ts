/** What the effects of the life-cycle table do, one by one. */

import type { Effect } from '../domain/lifecycle.ts'
import { LIMITS } from '../domain/limits.ts'
import type { Detail } from './subject.ts'
import { failureOfExit } from './failure.ts'
import type { Instance } from './instance.ts'

/** Carries out one effect; `detail` is what the event carried. Commands that it issues answer with an event, later. */
export function carryOut(effect: Effect, instance: Instance, detail: Detail | undefined): void {
  const { home, contract, commands } = instance
  const { running } = commands
  const run = instance.run ?? instance.ended
  switch (effect) {
    case 'create':
      return void commands.start(true)
    case 'prepare':
      return void commands.prepare()
    case 'start':
      return void commands.start(false)
    case 'probe':
      return void (running && commands.probe(running))
    case 'pause':
      return running && commands.pause(running)
    case 'resume':
      return running && commands.resume(running)
    case 'stop':
      if (run) contract.close(run, 'all')
      return commands.stop(instance.fn.stop.graceMs)
    case 'kill':
      return void (instance.state === 'stopped' ? commands.discard() : commands.kill())
    case 'remove':
      return commands.remove()
    case 'abort':
      return commands.abort()
    case 'note failure':
      return home.failed(instance, detail?.failure ?? failureOfExit(detail?.exit, instance.fn))
    case 'close idle connections':
      if (run) contract.close(run, 'idle')
      return
    case 'fail in-flight':
      if (run) contract.close(run, 'all')
      return
    case 'in-flight + 1':
      return instance.activity.began()
    case 'in-flight - 1':
      return instance.activity.finished()
    case 'note pause failure':
      return home.alarm(instance, 'a pause did not take effect')
    case 'pause tier off':
      return home.pauseTierOff()
    case 'alarm':
      return home.alarm(instance, alarmText(instance))
    case 'rearm':
      // What has expired and still holds would expire again at once.
      return instance.rearm(LIMITS.rearmMs)
    case 'look again later':
      return instance.rearm(LIMITS.keptLookMs)
  }
}

const alarmText = (instance: Instance): string =>
  instance.commands.stops.spent
    ? 'it could not be stopped and is given up'
    : `it is ${instance.state} after something from outside happened to it again`
