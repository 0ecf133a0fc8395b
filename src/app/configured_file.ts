/**
 * Files that the configuration names and that mails are made of.
 *
 * @module
 */

import { describeReadError } from "../config/source/environment.ts";
import { RenderError } from "../render/port.ts";
import { printable } from "../text/printable.ts";

// Each kind of file has a limit of its own below that: this one keeps the memory.
const LARGEST = 32 * 1024 * 1024;

/**
 * The file's content.
 *
 * @throws {RenderError} When it cannot be read; the message has its name and why.
 */
export function readConfiguredFile(file: string): Uint8Array {
  try {
    const { isFile, isDirectory, size } = Deno.statSync(file);
    // A pipe may keep the service from starting, and a device need not end.
    if (!isFile) throw new Error(isDirectory ? "it is a folder" : "it is no file");
    if (size > LARGEST) throw new Error("it is larger than 32 MiB");
    return Deno.readFileSync(file);
  } catch (error) {
    const reason = describeReadError(error);
    throw new RenderError(`${printable(file)} cannot be read: ${reason}`, { cause: error });
  }
}
