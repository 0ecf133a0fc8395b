/**
 * Files of the program that are not imported.
 *
 * @module
 */

/** Names a file of the program by its path from the project's root, also inside an executable. */
export function programFile(path: string): URL {
  return new URL(`../../${path}`, import.meta.url);
}
