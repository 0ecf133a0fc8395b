/**
 * How commands end.
 *
 * @module
 */

/** The exit codes, which scripts may rely on. */
export const ExitCode = {
  /** All is well. */
  ok: 0,
  /** A check found something, or a lookup or a test mail did not work. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** The configuration is wrong. */
  configuration: 3,
  /** The service cannot run: a port or a database is taken, a file cannot be written. */
  unavailable: 4,
} as const;

/** How a command ended. */
export type ExitCode = typeof ExitCode[keyof typeof ExitCode];
