/**
 * The templates that the program has inside.
 *
 * @module
 */

/** Reads a file by its path below `templates/`; `undefined` when there is none. */
export async function readBuiltIn(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(new URL(`../../../templates/${path}`, import.meta.url));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
