/**
 * Facts about an instance that is known. A fact is matched by its run; one that contradicts the state is only
 * a hint: the instance is inspected, and what is found is delivered. Effects of our own commands are ignored here,
 * because the command's own end tells.
 */

import type { Gone, Present } from '../runtime/runtime.ts'
import { failureOfRemoval } from './failure.ts'
import type { Instance } from './instance.ts'
import { isContradicted, verify } from './verifying.ts'

/** An instance that an earlier gateway left begins its life here with what it is now. */
export function adoptFact(instance: Instance, fact: Present): void {
  instance.commands.ref = fact.ref
  const { phase, running } = fact
  if (phase === 'exited') instance.ended = fact.run
  if (phase === 'running' && running) instance.deliver('AdoptedRunning', { running })
  else if (phase === 'paused' && running) instance.deliver('AdoptedPaused', { running })
  else instance.deliver('AdoptedExited')
}

/** Lets one fact act on the instance it names. */
export function applyFact(instance: Instance, fact: Present | Gone): void {
  const { ref } = instance.commands
  if (fact.k === 'gone') {
    // An existing container was made anew: what is gone is the one before.
    if (ref && ref.handle !== fact.ref.handle) return
    // Without its handle it cannot be taken for one that is kept.
    instance.commands.ref = undefined
    return instance.deliver('Removed', { failure: failureOfRemoval(instance.fn) })
  }
  if (instance.state === 'dormant') instance.commands.ref = fact.ref
  switch (fact.phase) {
    case 'created':
      return
    case 'exited':
      return exited(instance, fact)
    case 'paused':
    case 'running':
      alive(instance, fact)
      if (fact.run !== instance.run) return
      if (isContradicted(instance.state, fact.phase)) void verify(instance, instance.commands)
  }
}

function exited(instance: Instance, fact: Present): void {
  // The present run's end counts, also where the engine's clock was set back since the one before.
  const isPresent = instance.run !== undefined && fact.run === instance.run
  const old = instance.ended !== undefined && fact.run <= instance.ended
  const earlier = instance.run !== undefined && fact.run < instance.run
  if ((!isPresent && (old || earlier)) || instance.state === 'new') return
  instance.deliver('Exited', fact.exit && { exit: fact.exit })
  // Told again it must not end the run that comes next.
  if (instance.run === undefined) instance.ended = fact.run
}

function alive(instance: Instance, fact: Present): void {
  const { state, run } = instance
  if (state === 'dormant') return startedOutside(instance, fact)
  if (run === undefined || fact.run <= run) return
  // Somebody restarted it: the run we knew has ended, and a new one is there.
  if (state === 'starting' || state === 'stopping') return
  instance.deliver('Exited')
  startedOutside(instance, fact)
}

function startedOutside(instance: Instance, fact: Present): void {
  const old = instance.ended !== undefined && fact.run <= instance.ended
  if (instance.state !== 'dormant' || old || !fact.running) return
  instance.commands.ref = fact.ref
  instance.deliver('StartedOutside', { running: fact.running })
}
