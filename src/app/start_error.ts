/**
 * Distinguishes errors that the administrator has to correct from defects of the program.
 *
 * @module
 */

import { OutboxError } from "../outbox/port.ts";
import { RenderError } from "../render/port.ts";
import { ReadError } from "../system/read_file.ts";
import { WriteError } from "../system/write_error.ts";

/**
 * Something that only the administrator can correct keeps a command from running. The message says
 * what, and what to do; it may have several lines.
 */
export class StartError extends Error {
  /** The name of this kind of error. */
  override readonly name = "StartError";
}

/** Whether the administrator has to correct the error: its message then says how. */
export function needsAdministrator(
  error: unknown,
): error is Error {
  const kinds = [StartError, OutboxError, RenderError, ReadError, WriteError];
  return kinds.some((kind) => error instanceof kind);
}
