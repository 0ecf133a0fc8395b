/**
 * The error of a file or a folder that cannot be written, with one wording for why.
 *
 * @module
 */

import { printable } from "../text/printable.ts";
import { describeFileError, isSystemError } from "./file_error.ts";

/** A file or a folder that cannot be written: `"/etc/x.yaml" cannot be written: ...`. */
export class WriteError extends Error {
  /** The name of this kind of error. */
  override readonly name = "WriteError";

  /** Takes the path and the reason, which fits after "cannot be written:". */
  constructor(readonly path: string, readonly reason: string, options?: ErrorOptions) {
    super(`"${printable(path)}" cannot be written: ${reason}`, options);
  }
}

/**
 * Does something that writes a file or a folder.
 *
 * @throws {WriteError} In place of an error of the operating system; others are thrown as they are.
 */
export async function writing<Result>(
  path: string,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw writeError(path, error);
  }
}

/** The error of a path that could not be written; an error that is not the system's is returned. */
export function writeError(path: string, cause: unknown): unknown {
  if (cause instanceof WriteError || !isSystemError(cause)) return cause;
  return new WriteError(path, describeFileError(cause, path, "write"), { cause });
}
