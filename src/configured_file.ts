/**
 * Files that the configuration names and that mails are made of.
 *
 * @module
 */

import { explainReadError } from "./config/environment.ts";
import { printable } from "./domain/printable.ts";
import { RenderError } from "./render/port.ts";

/**
 * The file's content.
 *
 * @throws {RenderError} When it cannot be read; the message has its name and why.
 */
export function readConfiguredFile(file: string): Uint8Array {
  try {
    return Deno.readFileSync(file);
  } catch (error) {
    const reason = explainReadError(error);
    throw new RenderError(`${printable(file)} cannot be read: ${reason}`, { cause: error });
  }
}
