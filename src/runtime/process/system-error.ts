/** What the system's refusal to make a process, or a place for its socket, means: the port's reason, and what to do next. */

import { RuntimeError, type RuntimeFailure } from '../runtime.ts'

const ROOM = ['disk_full', 'make room on that disk'] as const

const CODES: Readonly<Record<string, readonly [RuntimeFailure, string]>> = {
  ENOSPC: ROOM,
  EDQUOT: ROOM,
  ENOENT: ['command_missing', 'see that /bin/sh and workdir: are there'],
  EACCES: [
    'command_missing',
    'see that the function may enter and run it, as user: where it has one',
  ],
  EPERM: [
    'refused',
    'only root may start it as another: leave out user:, or run the gateway as root',
  ],
  EAGAIN: ['failed', 'raise how many processes there may be (ulimit -u, TasksMax= of systemd)'],
  EMFILE: ['failed', 'raise how many files may be open (ulimit -n, LimitNOFILE= of systemd)'],
  ENFILE: ['failed', 'raise how many files may be open on this machine (fs.file-max)'],
  ENOMEM: ['failed', 'free memory, or add some'],
}

/** A RuntimeError stays what it is. */
export function systemError(error: unknown): RuntimeError {
  if (error instanceof RuntimeError) return error
  const { code = '', message } = error as NodeJS.ErrnoException
  const [reason, next] = CODES[code] ?? ['failed', 'if nothing explains that, report it']
  return new RuntimeError(reason, `it could not be started: ${message}: ${next}`, [], {
    cause: error,
  })
}
