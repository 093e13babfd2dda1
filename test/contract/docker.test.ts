/** The contract over a Docker engine, through a socket that lets through the listed calls only. */

import { randomBytes } from 'node:crypto'
import t from 'tap'
import type { Running } from '../../src/runtime/runtime.ts'
import { ask } from '../support/ask.ts'
import { containerFunction, dockerSubject, imageFunction } from '../support/docker-subject.ts'
import { engineOrSkip } from '../support/engine.ts'
import { runPlacerSuite } from './suite.ts'

const engine = await engineOrSkip(t)
if (engine) {
  const { docker, labels } = engine
  const image = await engine.image('node')
  const container = ({ ref }: Running) => docker.getContainer(ref.handle)
  runPlacerSuite(t, {
    name: 'docker',
    async make() {
      const { placer, owner, close } = await dockerSubject(engine)
      return {
        placer,
        owner,
        app: (env) => imageFunction({ image, labels, env: env ?? {} }),
        missing: {
          fn: imageFunction({ image: 'coldfront-test/no-such-image' }),
          reason: 'image_missing' as const,
        },
        // The image's own, and what the engine and its init give every container.
        environment: ['PATH', 'HOME', 'HOSTNAME'],
        async existing() {
          const name = `coldfront-test-${randomBytes(4).toString('hex')}`
          await docker.createContainer({ name, Image: image, Labels: { ...labels } })
          return containerFunction({ container: name })
        },
        outside: {
          kill: (running) => container(running).kill(),
          pause: (running) => container(running).pause(),
          unpause: (running) => container(running).unpause(),
        },
        get: (running, path) => ask(running.endpoint, path),
        close,
      }
    },
    skip: [],
  })
}
