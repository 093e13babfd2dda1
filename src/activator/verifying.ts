/** Frozen or thawed, it seems, though that is not what was asked last: a look before it is believed. */

import type { State } from '../domain/state.ts'
import type { Commands } from './commands.ts'
import type { Subject } from './subject.ts'

/** States in which the instance is taken to run, thawed. */
const AWAKE: ReadonlySet<State> = new Set(['probing', 'ready', 'draining'])

/** Whether what was told of an instance is not what its state takes it for, or will when the call that is out is answered. */
export const isContradicted = (state: State, phase: 'running' | 'paused'): boolean =>
  phase === 'paused'
    ? AWAKE.has(state) || state === 'resuming'
    : state === 'paused' || state === 'pausing'

/** Looks, but not before a pause or resume that has time left is answered, and delivers what contradicts the state then. */
export async function verify(subject: Subject, commands: Commands): Promise<void> {
  const run = commands.running?.run
  if (subject.state === 'resuming' || subject.state === 'pausing') await commands.moved
  const found = await commands.look()
  if (run === undefined || commands.running?.run !== run) return
  // Another command was issued during the look, a probe perhaps: that one may pass, since what is frozen accepts connections.
  if (found === undefined) return verify(subject, commands)
  if (found === 'frozen' && AWAKE.has(subject.state)) subject.deliver('FrozenOutside')
  if (found === 'running' && subject.state === 'paused') subject.deliver('ThawedOutside')
}
