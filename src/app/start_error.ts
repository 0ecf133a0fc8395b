/**
 * Why the program cannot run.
 *
 * @module
 */

import { OutboxError } from "../outbox/port.ts";
import { RenderError } from "../render/port.ts";

/**
 * Something that only the administrator can mend keeps a command from running. The message says
 * what, and what to do; it may have several lines.
 */
export class StartError extends Error {
  /** The name of this kind of error. */
  override readonly name = "StartError";
}

/**
 * What the work makes, if nothing is wrong with the database or the templates.
 *
 * @throws {StartError} When there is.
 */
export function starting<Part>(open: () => Part): Part {
  try {
    return open();
  } catch (error) {
    return refuseStart(error);
  }
}

/**
 * Throws what was caught while something was to start: what the database or the templates lack, as a
 * {@linkcode StartError}.
 */
export function refuseStart(error: unknown): never {
  if (error instanceof OutboxError || error instanceof RenderError) {
    throw new StartError(error.message, { cause: error });
  }
  throw error;
}
