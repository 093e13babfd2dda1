/** Makes an instance that does not run: what all of its revision share is got ready first, under a deadline of its own. */

import type { WakePhases } from '../domain/admission.ts'
import type { Clock } from '../lib/clock.ts'
import type { InstanceRef, Placer } from '../runtime/runtime.ts'
import type { Subject } from './subject.ts'

interface Making {
  readonly placer: Placer
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Where it is written how long each part took. */
  readonly phases: WakePhases
  /** Ends what is out. */
  readonly abort: (reason: string) => void
}

/** Rejects as the runtime does, or with the reason of the abort. */
export async function make(subject: Subject, making: Making): Promise<InstanceRef> {
  const { placer, clock, signal, phases, abort } = making
  const { fn, id } = subject
  const from = clock.now()
  const deadline = clock.timer(fn.start.pullTimeoutMs, () =>
    abort(
      'preparing the image took longer than start.pullTimeout: raise that, or pull it beforehand',
    ),
  )
  try {
    await placer.prepare(fn, signal)
  } finally {
    deadline.cancel()
  }
  const pulledAt = clock.now()
  signal.throwIfAborted()
  phases.pull = pulledAt - from
  subject.prepared()
  const ref = await placer.create(fn, id, signal)
  phases.create = clock.now() - pulledAt
  return ref
}
