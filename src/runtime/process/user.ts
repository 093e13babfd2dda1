/** Who a process runs as: `uid`, `uid:gid`, `name` or `name:group`, looked up in /etc/passwd and /etc/group. */

import { readFile } from 'node:fs/promises'
import { RuntimeError } from '../runtime.ts'

export interface User {
  readonly uid: number
  readonly gid: number
  /** Undefined for a number that /etc/passwd does not know. */
  readonly home: string | undefined
}

/** Throws a `RuntimeError` when a name is not known. A bare unknown uid gets the group of the same number. */
export async function lookUpUser(text: string): Promise<User> {
  const [who = '', group] = text.split(':')
  const row = (await rows('/etc/passwd')).find((r) => r[0] === who || r[2] === who)
  const uid = Number(row?.[2] ?? numeric(who) ?? unknown(`user "${who}"`, '/etc/passwd'))
  const gid = group === undefined ? Number(row?.[3] ?? uid) : await lookUpGroup(group)
  return { uid, gid, home: row?.[5] }
}

async function lookUpGroup(group: string): Promise<number> {
  const row = (await rows('/etc/group')).find((r) => r[0] === group)
  return Number(row?.[2] ?? numeric(group) ?? unknown(`group "${group}"`, '/etc/group'))
}

const rows = async (file: string): Promise<string[][]> =>
  (await readFile(file, 'utf8').catch(() => '')).split('\n').map((line) => line.split(':'))

const numeric = (text: string): string | undefined => (/^\d+$/.test(text) ? text : undefined)

function unknown(what: string, file: string): never {
  throw new RuntimeError('failed', `${what} is not in ${file}: add it, or correct user:`)
}
