/** The contract over a Docker engine, of functions with a sandbox. */

import t from 'tap'
import { runDockerSuite } from './docker-suite.ts'

await runDockerSuite(t, { name: 'docker, sandboxed', over: { sandbox: true } })
