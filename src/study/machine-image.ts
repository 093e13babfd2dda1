/**
 * An image made of a program of this machine and the libraries it names: no registry is asked, and the container runs
 * the very binary that the process runtime runs. Linux only. The image stays for the next study.
 */

import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFile, mkdir, mkdtemp, readFile, readdir, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { AnswerError, type JsonClient } from './json-client.ts'

const run = promisify(execFile)

/** Its tag. Throws when the program is a script, or the engine refuses. */
export async function machineImage(
  name: string,
  path: string,
  engine: JsonClient,
): Promise<string> {
  const program = await realpath(path)
  const hash = createHash('sha256').update(await readFile(program))
  const tag = hash.digest('hex').slice(0, 12)
  const image = `coldfront-study/${name}:${tag}`
  if (await exists(image, engine)) return image
  const stage = await mkdtemp(join(tmpdir(), 'cf-image-'))
  try {
    await place(stage, program, join('/bin', name))
    for (const library of await librariesOf(program)) await place(stage, library, library)
    for (const directory of ['tmp', 'run', 'etc', 'proc'])
      await mkdir(join(stage, directory), { recursive: true })
    await imported({ stage, image, name }, engine)
  } finally {
    await rm(stage, { recursive: true, force: true })
  }
  return image
}

async function exists(image: string, engine: JsonClient): Promise<boolean> {
  try {
    await engine.ask({ method: 'GET', path: `/images/${image}/json` })
    return true
  } catch (error) {
    if (error instanceof AnswerError && error.status === 404) return false
    throw error
  }
}

/** None of a static program. */
async function librariesOf(program: string): Promise<readonly string[]> {
  const head = (await readFile(program)).subarray(0, 4).toString('latin1')
  if (head !== '\u007fELF') throw new Error('it is not a binary of Linux')
  const said = await run('ldd', [program]).catch(() => undefined)
  return [...(said?.stdout ?? '').matchAll(/(?:=> )?(\/\S+) \(0x/g)].flatMap(
    (found) => found[1] ?? [],
  )
}

async function place(stage: string, from: string, to: string): Promise<void> {
  const target = join(stage, to)
  await mkdir(dirname(target), { recursive: true })
  await copyFile(from, target)
}

async function imported(
  { stage, image, name }: { stage: string; image: string; name: string },
  engine: JsonClient,
): Promise<void> {
  const args = ['-C', stage, '-cf', '-', '--owner=0', '--group=0', ...(await readdir(stage))]
  const tar = spawn('tar', args, { stdio: ['ignore', 'pipe', 'ignore'] })
  const [repo = '', tag = ''] = image.split(':')
  const query = new URLSearchParams({ fromSrc: '-', repo, tag })
  for (const change of ['ENV PATH=/bin', `CMD ["/bin/${name}"]`]) query.append('changes', change)
  await engine.ask({
    method: 'POST',
    path: `/images/create?${query.toString()}`,
    bytes: tar.stdout,
  })
}
