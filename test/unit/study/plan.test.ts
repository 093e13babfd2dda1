import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ConfigError } from '../../../src/config/mistake.ts'
import { orderOf } from '../../../src/study/combination.ts'
import { loadPlan, type Plan } from '../../../src/study/plan.ts'
import { SHIPPED, planFile } from '../../../src/study/shipped.ts'
import { yaml } from '../config/workspace.ts'

const load = (file: string): Promise<Plan> =>
  loadPlan({ file, env: {}, made: '/made', node: '/bin/node' })

function plan(t: Test, text: string): Promise<Plan> {
  return load(join(t.testdir({ 'plan.yaml': text }), 'plan.yaml'))
}

async function mistakes(t: Test, text: string): Promise<string> {
  const directory = t.testdir({ 'plan.yaml': text })
  try {
    await load(join(directory, 'plan.yaml'))
  } catch (error) {
    if (error instanceof ConfigError) return error.message.replaceAll(`${directory}/`, '')
    throw error
  }
  return ''
}

t.test('plan: every level of every factor meets every level of the others', async (t) => {
  const { cells, name, repetitions } = await plan(
    t,
    yaml`
      about: levels
      function: { command: [app], env: { A: "1", B: "2" } }
      factors:
        lang:
          one: { env: { A: 1.10 } }
          two: { needs: [python3], command: ["$\{NODE}", "$\{MADE}/x"], env: { B: null } }
        tier: [new, running]
        concurrency: [1, never]
        burst: [4]
    `,
  )
  t.match({ name, repetitions }, { name: 'plan', repetitions: 20 })
  t.equal(cells.length, 8)
  t.match(cells[0], {
    key: 'lang=one tier=new concurrency=1 burst=4',
    tier: 'new',
    burst: 4,
    pageCache: 'warm',
    options: { command: ['app'], env: { A: '1.10', B: '2' }, concurrency: 1 },
    fn: { runtime: 'process', concurrency: 1 },
  })
  t.match(cells.at(-1), {
    levels: { lang: 'two', tier: 'running', concurrency: 'never' },
    needs: ['python3'],
    options: { command: ['/bin/node', '/made/x'], env: { A: '1' } },
  })
})

type Row = readonly [what: string, text: string, says: string]

const MISTAKES: readonly Row[] = [
  [
    'an unknown option of the plan',
    'about: x\nrepetitons: 3\nfunction: { command: [a] }\n',
    'plan.yaml:2:1: there is no option "repetitons" here; did you mean repetitions?\n  2 | repetitons: 3\n    | ^^^^^^^^^^',
  ],
  [
    'an unknown option of the function',
    'about: x\nfunction:\n  comand: [a]\n',
    'plan.yaml:3:3: there is no option "comand" here; did you mean command?',
  ],
  [
    'an unknown option at a level',
    'about: x\nfunction: { command: [a] }\nfactors:\n  k:\n    one: { concurency: 1 }\n    two: {}\n',
    'plan.yaml:5:12: there is no option "concurency" here; did you mean concurrency?',
  ],
  [
    'a wrong value in a list',
    'about: x\nfunction: { image: a }\nfactors:\n  memory: [1GiB, 1GX]\n',
    'plan.yaml:4:18: expected a size',
  ],
  [
    'a tier that there is not',
    'about: x\nfunction: { command: [a] }\nfactors: { tier: [new, asleep] }\n',
    'plan.yaml:3:24: expected one of new, stopped, paused, running',
  ],
  [
    'a factor that is no option',
    'about: x\nfunction: { command: [a] }\nfactors: { memry: [1GiB] }\n',
    'plan.yaml:3:12: "memry" is no option of a function, and neither tier, burst nor pageCache: its levels have to be a map, each with the options that it changes. Did you mean memory?',
  ],
  [
    'what the tier decides',
    'about: x\nfunction: { command: [a], idle: { pauseAfter: 1s } }\n',
    'plan.yaml:2:27: the tier decides when the function sleeps',
  ],
  [
    'a level twice',
    'about: x\nfunction: { command: [a] }\nfactors: { burst: [1, 2, 1] }\n',
    'plan.yaml:3:26: this level stands here twice',
  ],
  [
    'options that do not go together',
    'about: x\nfunction: { command: [a] }\nfactors:\n  m: { a: {}, b: { memory: 1GiB } }\n',
    'memory is for functions with image, not command',
  ],
  [
    'nothing that runs',
    'about: x\nfactors: { tier: [new] }\n',
    'expected image, container, command or upstream',
  ],
  ['no sentence on what it is about', 'function: { command: [a] }\n', 'expected text'],
]

t.test('plan: a mistake says where it is and what was meant', async (t) => {
  for (const [what, text, says] of MISTAKES) {
    const said = await mistakes(t, text)
    t.ok(said.includes(says), `${what}: ${said}`)
  }
})

t.test('plan: those that come with the program are right', async (t) => {
  for (const name of SHIPPED) t.ok((await load(planFile(name))).cells.length > 3, name)
})

t.test('plan: the order of a repetition is its own, and the same again', async (t) => {
  const trials = Array.from({ length: 20 }, (_, i) => i)
  const first = orderOf(trials, { seed: 1, repetition: 0 })
  t.strictSame(orderOf(trials, { seed: 1, repetition: 0 }), first)
  t.notSame(orderOf(trials, { seed: 1, repetition: 1 }), first)
  t.strictSame(
    first.toSorted((a, b) => a - b),
    trials,
  )
})
