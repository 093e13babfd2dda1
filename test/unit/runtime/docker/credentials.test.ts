/** Registry credentials from the docker client's files and helper programs. */

import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { systemClock } from '../../../../src/lib/clock.ts'
import { credentialsFor, registryOf } from '../../../../src/runtime/docker/credentials.ts'

const HUB = 'https://index.docker.io/v1/'

function partsWith(t: Test, config: object) {
  const home = t.testdir({ '.docker': { 'config.json': JSON.stringify(config) } })
  return { home, env: { PATH: `${home}:/bin:/usr/bin` }, clock: systemClock }
}

/** A helper that answers with its input, and fails for one registry. */
async function helper(dir: string, name: string): Promise<void> {
  const file = join(dir, `docker-credential-${name}`)
  const script = [
    '#!/bin/sh',
    'read -r registry',
    'case "$registry" in',
    '  unknown.*) echo "credentials not found in native keychain"; exit 1;;',
    '  broken.*) echo "no"; exit 1;;',
    '  token.*) echo "{\\"Username\\":\\"<token>\\",\\"Secret\\":\\"tok\\"}";;',
    `  *) echo "{\\"Username\\":\\"${name}\\",\\"Secret\\":\\"$registry\\"}";;`,
    'esac',
  ]
  await writeFile(file, `${script.join('\n')}\n`)
  await chmod(file, 0o755)
}

t.test('credentials: the registry is what the image’s name begins with', async (t) => {
  t.equal(registryOf('nginx'), HUB)
  t.equal(registryOf('library/nginx:1'), HUB)
  t.equal(registryOf('docker.io/library/nginx'), HUB)
  t.equal(registryOf('localhost/app'), 'localhost')
  t.equal(registryOf('localhost:5000/app'), 'localhost:5000')
  t.equal(registryOf('registry.example/team/app@sha256:0'), 'registry.example')
})

t.test('credentials: a login in the file is used for its registry alone', async (t) => {
  const auth = Buffer.from('ann:a:b').toString('base64')
  const parts = partsWith(t, {
    auths: { [HUB]: { auth }, 'https://r.example/v2/': { identitytoken: 'tok' } },
  })
  t.match(await credentialsFor('nginx', parts), {
    username: 'ann',
    password: 'a:b',
    serveraddress: HUB,
  })
  t.match(await credentialsFor('r.example/app', parts), { identitytoken: 'tok' })
  t.equal(await credentialsFor('s.example/app', parts), undefined)
})

t.test('credentials: a helper of the registry goes before the store for all', async (t) => {
  const parts = partsWith(t, { credsStore: 'all', credHelpers: { 'r.example': 'one' } })
  await helper(parts.home, 'all')
  await helper(parts.home, 'one')
  t.match(await credentialsFor('r.example/app', parts), { username: 'one', password: 'r.example' })
  t.match(await credentialsFor('nginx', parts), { username: 'all', password: HUB })
  t.match(await credentialsFor('token.example/app', parts), { identitytoken: 'tok' })
  t.equal(await credentialsFor('unknown.example/app', parts), undefined)
})

t.test(
  'credentials: a helper that fails or is missing is told by name, without its output',
  async (t) => {
    const parts = partsWith(t, {
      credsStore: 'all',
      credHelpers: { 'r.example': 'no-such', 'e.example': '../evil' },
    })
    await helper(parts.home, 'all')
    await t.rejects(credentialsFor('broken.example/app', parts), {
      message: /docker-credential-all.*docker login/,
    })
    await t.rejects(credentialsFor('r.example/app', parts), {
      message: /docker-credential-no-such could not be run/,
    })
    await t.rejects(credentialsFor('e.example/app', parts), {
      message: /no name of a credential helper/,
    })
  },
)
