/**
 * Why the program cannot run.
 *
 * @module
 */

/**
 * Something that only the administrator can mend keeps a command from running. The message says
 * what, and what to do; it may have several lines.
 */
export class StartError extends Error {
  /** The name of this kind of error. */
  override readonly name = "StartError";
}
