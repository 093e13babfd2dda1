/** The options of a plan, factors and function left out: those are judged by `plan.ts` against the options of a function. */

import { z } from 'zod'
import { count, duration, flag, group, list, section, text } from '../config/option.ts'

/** In no study more repetitions: the exact test costs their third power, and nothing more is learnt. */
const REPETITIONS_MAX = 200

export const PlanOptions = section('A study of coldfront.', {
  about: text({ about: 'What is to be found out, in a sentence.', kind: 'text' }),
  seed: count({
    about: 'Of the order of the trials and of the intervals.',
    min: 0,
    max: 4_294_967_295,
    unit: 'seed',
  }).prefault(1),
  repetitions: count({
    about: 'How often each combination is measured.',
    min: 1,
    max: REPETITIONS_MAX,
    unit: 'repetitions',
  }).prefault(20),
  warmups: count({
    about: 'Repetitions before those that count.',
    min: 0,
    max: 20,
    unit: 'repetitions',
  }).prefault(1),
  limit: duration({
    about: 'No repetition is begun after this long.',
    min: '1s',
    max: '24h',
    never: 'all are measured however long it takes',
  }).prefault('never'),
  settle: duration({
    about: 'Between falling asleep and being woken.',
    min: '0s',
    max: '1m',
  }).prefault('30ms'),
  floor: flag('Also measures the same wakes without a gateway.').prefault(true),
  request: group('What is asked of the function.', {
    path: text({
      about: 'The target of the request.',
      kind: 'a path such as /healthz',
      valid: (path) => /^\/[\x21-\x7e]*$/.test(path),
    }).prefault('/'),
    timeout: duration({ about: 'For one answer.', min: '100ms', max: '10m' }).prefault('30s'),
  }),
  programs: z
    .record(
      z.string().regex(/^[a-zA-Z0-9_-]+$/, 'expected a name of letters, digits, "_" and "-"'),
      list({ about: 'The command.', kind: 'text' }).min(1, 'expected a command'),
      'expected a map of names and commands, as in stamp: [cc, -o, "${MADE}/stamp", stamp.c]',
    )
    .meta({ description: 'Programs that are made before the study, each by a command.' })
    .prefault({}),
  function: z.unknown().optional(),
  factors: z.unknown().optional(),
})

export type PlanOptions = z.output<typeof PlanOptions>
