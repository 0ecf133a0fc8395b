/**
 * Reads the files that the configuration names and that mails are made of.
 *
 * @module
 */

import { RenderError } from "../render/port.ts";
import { readBytes, readError } from "../system/read_file.ts";

// Protects the memory: each kind of file has a lower limit of its own.
const MAX_BYTES = 32 * 1024 * 1024;

/**
 * The file's content.
 *
 * @throws {RenderError} When it cannot be read; the message has its name and why.
 */
export function readConfiguredFile(file: string): Uint8Array {
  try {
    return readBytes(file, { maxBytes: MAX_BYTES });
  } catch (error) {
    throw new RenderError(readError(file, error).message, { cause: error });
  }
}
