/** Runs are told apart by their start times, by the clock of the engine: it may be set back between two of them. */

import t from 'tap'
import { runId } from '../../../src/domain/ids.ts'
import { Activation } from '../../support/activation.ts'

t.test(
  'activator: the end of a run that seems older than the one before is believed',
  async (t) => {
    const a = new Activation()
    a.request()
    await a.clock.pass(10_000)
    a.world.outside('exit', 'hello-1')
    await a.clock.flush()
    t.equal(a.states, 'dormant')
    const start = a.world.start.bind(a.world)
    a.world.start = async (...args) => {
      const running = await start(...args)
      const run = runId('000000', 'hello-1')
      const entry = a.world.entries.get('hello-1')
      if (entry) entry.run = run
      return { ...running, run }
    }
    const w = a.request()
    await a.clock.flush()
    t.equal(w.fate, 'cold')
    await a.clock.pass(10_000)
    a.world.outside('exit', 'hello-1')
    await a.clock.flush()
    t.equal(a.states, 'dormant')
  },
)
