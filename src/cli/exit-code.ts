/** How a command ends, for scripts and supervisors. */
export const EXIT = {
  ok: 0,
  /** The work failed. */
  failure: 1,
  /** The command line or the configuration is wrong. */
  usage: 2,
  /** The program is wrong: EX_SOFTWARE of sysexits.h. */
  fault: 70,
  SIGINT: 130,
  SIGTERM: 143,
} as const
