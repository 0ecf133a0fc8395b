/**
 * Makes temporary folders.
 *
 * @module
 */

import { describeFileError, isSystemError } from "../system/file_error.ts";
import { StartError } from "./start_error.ts";

/**
 * Makes a folder that only this user may read, where the system keeps temporary files.
 *
 * @throws {StartError} When the system refuses it.
 */
export async function makeTemporaryFolder(prefix: string): Promise<string> {
  try {
    return await Deno.makeTempDir({ prefix });
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const reason = describeFileError(error, undefined, "write");
    throw new StartError(
      `a temporary folder cannot be created: ${reason}; the variable TMPDIR names another`,
      { cause: error },
    );
  }
}
