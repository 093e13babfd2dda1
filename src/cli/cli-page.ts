/** docs/CLI.md from the commands' own help. A test compares the page with the file. */

import { COMMANDS } from './commands.ts'
import { EXIT, EXIT_MEANINGS } from './exit-code.ts'
import { commandHelp } from './help.ts'

/** The page as text. */
export function cliPage(): string {
  const list = COMMANDS.map(({ name, summary }) => `| [${name}](#${name}) | ${summary} |`)
  const commands = COMMANDS.map(
    (command) => `## ${command.name}\n\n\`\`\`\n${commandHelp(command).trimEnd()}\n\`\`\``,
  )
  const codes = (Object.keys(EXIT) as (keyof typeof EXIT)[]).map(
    (name) => `| ${EXIT[name]} | ${EXIT_MEANINGS[name]} |`,
  )
  return `# Command line

<!-- Generated from the commands' own help in src/cli: change that, then \`npm run generate\`. -->

| command | does |
| --- | --- |
${list.join('\n')}

Commands that ask a running gateway find it through its configuration: they read \`stateDir\` and use the admin socket
there, which is for the gateway's user (and root). From elsewhere say where it is, and show the token from the file
\`token\` in the state directory:

\`\`\`
coldfront ps --admin http://10.0.0.5:9090 --token-file token
\`\`\`

Colour and progress are shown at a terminal only; \`NO_COLOR\` is respected. Programs get JSON with \`--json\`: one value, or
one line for each event or line of output.

## Exit codes

| code | meaning |
| --- | --- |
${codes.join('\n')}

${commands.join('\n\n')}
`
}
