/**
 * Reads the built-in templates.
 *
 * @module
 */

/** Reads a file by its path in `templates/`; `undefined` when it does not exist. */
export async function readBuiltIn(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(new URL(`../../../templates/${path}`, import.meta.url));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
