/** Drops the kernel's page cache, so that a start reads its files from the disk. Linux, root only. */

import { execFile } from 'node:child_process'
import { access, constants, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const FILE = '/proc/sys/vm/drop_caches'
/** Page cache, and the directory entries and inodes with it. */
const ALL = '3'

const run = promisify(execFile)

/** Whether it can be done here. */
export const canDrop = (): Promise<boolean> =>
  access(FILE, constants.W_OK).then(
    () => true,
    () => false,
  )

/** What is not written yet cannot be dropped: it is written first. */
export async function dropPageCache(): Promise<void> {
  await run('sync')
  await writeFile(FILE, ALL)
}
