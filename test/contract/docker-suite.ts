/** The contract over a Docker engine, through a socket that lets through the listed calls only. */

import { randomBytes } from 'node:crypto'
import type { Test } from 'tap'
import type { ImageSpec } from '../../src/domain/function.ts'
import type { Running } from '../../src/runtime/runtime.ts'
import { ask } from '../support/ask.ts'
import { containerFunction, dockerSubject, imageFunction } from '../support/docker-subject.ts'
import { engineOrSkip } from '../support/engine.ts'
import { runPlacerSuite } from './suite.ts'

/** `over` is what all functions made from an image have besides plain settings. */
export async function runDockerSuite(
  t: Test,
  { name, over = {} }: { name: string; over?: Partial<ImageSpec> },
): Promise<void> {
  const engine = await engineOrSkip(t)
  if (!engine) return
  const { docker, labels } = engine
  const image = await engine.image('node')
  const container = ({ ref }: Running) => docker.getContainer(ref.handle)
  runPlacerSuite(t, {
    name,
    async make() {
      const { placer, owner, close } = await dockerSubject(engine)
      return {
        placer,
        owner,
        app: (env) => imageFunction({ ...over, image, labels, env: env ?? {} }),
        missing: {
          fn: imageFunction({ ...over, image: 'coldfront-test/no-such-image' }),
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
