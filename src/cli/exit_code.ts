/**
 * The exit codes, which scripts may rely on.
 *
 * @module
 */

/** What the exit codes mean. */
export const ExitCode = {
  ok: 0,
  /** A check found a problem, or a lookup or test email failed. */
  failed: 1,
  /** The command line is invalid. */
  usage: 2,
  /** The configuration is invalid. */
  configuration: 3,
  /** The service cannot run: a port or database is in use, or a file cannot be written. */
  unavailable: 4,
  /** A mail server should keep the message and try again (EX_TEMPFAIL of sysexits.h). */
  tryLater: 75,
} as const;

/** How a command ended. */
export type ExitCode = typeof ExitCode[keyof typeof ExitCode];
