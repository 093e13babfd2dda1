/** How a command ends, for scripts and supervisors. */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  /** EX_SOFTWARE of sysexits.h. */
  fault: 70,
  SIGINT: 130,
  SIGTERM: 143,
} as const

/** In words, for the page of commands. */
export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: 'done',
  failure:
    'the work failed: no gateway answers, it said no, a function did not become ready, nothing leads to a host',
  usage: 'the command line or the configuration is wrong',
  fault: 'the program is wrong; instances are left as they are',
  SIGINT: 'ended by SIGINT before it was done',
  SIGTERM: 'ended by SIGTERM before it was done',
}
