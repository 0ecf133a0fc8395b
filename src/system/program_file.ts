/**
 * Files of the program that are not imported.
 *
 * @module
 */

/**
 * Names a file of the program by its path from the project's root. An executable keeps such files
 * below the same root, and its modules in bundles two folders below it, where this one is as well.
 */
export function programFile(path: string): URL {
  return new URL(`../../${path}`, import.meta.url);
}
