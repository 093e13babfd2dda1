/** docs/LIFECYCLE.md from the life-cycle table. Pure; a test compares the page with the file. */

import { type Row, TABLE } from './lifecycle.ts'
import { STATES, type State } from './state.ts'

const target = (row: Row, from: State): string =>
  row.to === 'ended' ? '*ended*' : row.to === from ? 'same' : `**${row.to}**`

const states = (): string[] =>
  Object.entries(STATES).map(
    ([state, { means, timer }]) =>
      `| \`${state}\` | ${means} | ${timer ? `${timer.name} → ${timer.event}` : '–'} |`,
  )

function* transitions(): Generator<string> {
  for (const [from, events] of Object.entries(TABLE) as [State, (typeof TABLE)[State]][])
    for (const [event, rows] of Object.entries(events))
      for (const row of rows) {
        const effects = row.do?.join(', ') ?? '–'
        yield `| \`${from}\` | ${event} | ${row.when ?? ''} | ${target(row, from)} | ${effects} |`
      }
}

/** Each pair of states once, with the events that lead from one to the other. */
function diagram(): string[] {
  const arrows = new Map<string, Set<string>>()
  for (const [from, events] of Object.entries(TABLE))
    for (const [event, rows] of Object.entries(events))
      for (const row of rows) {
        const to = row.to === 'ended' ? 'dormant' : row.to
        if (to === from) continue
        const arrow = `${from === 'new' ? '[*]' : from} --> ${to}`
        arrows.set(arrow, (arrows.get(arrow) ?? new Set()).add(event))
      }
  return [...arrows].map(([arrow, events]) => `    ${arrow}: ${[...events].join(', ')}`)
}

/** The page as text. */
export const lifecyclePage = (): string => `# The life of an instance

<!-- Generated from src/domain/lifecycle.ts: change that, then \`npm run generate\`. -->

An instance is one running copy of a function's revision. Its state is written in one place
(\`src/activator/instance.ts\`), by events that go through the table below one at a time. An instance that has
fallen idle goes down the tiers **ready → paused → stopped → removed**, after \`idle.pauseAfter\`,
\`idle.stopAfter\` and \`idle.removeAfter\`, all counted from the moment it fell idle. Each tier can be \`never\`.

After every event the function's pool decides anew for those who wait; no row alone decides their fate.

## States

| state | means | timer → event at its end |
| --- | --- | --- |
${states().join('\n')}

Cold, warm, idle and busy are derived from these and from the count of exchanges in flight; they are stored nowhere.

## Transitions

*ended* is \`dormant\` where the runtime keeps stopped instances and this one still exists, else \`stopped\`. Of
several rows with the same state and event the first one whose condition holds is taken. A pair that is not here
is a bug: it throws in tests, and in production it puts that one instance into \`stopping\` and raises an alarm.

| from | event | when | to | effects |
| --- | --- | --- | --- | --- |
${[...transitions()].join('\n')}

## As a picture

\`\`\`mermaid
stateDiagram-v2
${diagram().join('\n')}
\`\`\`

## Promises

- A start settles exactly once, also after an abort. A start that wins the race against its own end is stopped.
- A cancelled timer never fires its event. Deadlines use the monotonic clock.
- Choosing an instance and taking a lease on it happen in one synchronous turn.
- Facts match by run. A fact about an earlier run is dropped; one that contradicts the state is verified by an
  inspection before it counts. The result of a command is never read from its failure alone.
- While the runtime is away no function is charged: waiters hold until it is back or their time is up.

\`test/simulation/\` drives every order of events over a fake world and fails on a row that was never met.
`
