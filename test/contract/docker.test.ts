/** The contract over a Docker engine. */

import t from 'tap'
import { runDockerSuite } from './docker-suite.ts'

await runDockerSuite(t, { name: 'docker' })
