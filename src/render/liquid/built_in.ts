/**
 * Reads the built-in templates.
 *
 * @module
 */

import { programFile } from "../../system/program_file.ts";

/** Reads a file by its path in `templates/`; `undefined` when it does not exist. */
export async function readBuiltIn(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(programFile(`templates/${path}`));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
