/**
 * Finds out how many more files and connections this process may open.
 *
 * @module
 */

/**
 * How many more descriptors can be opened, up to a number. They are opened for a moment, because Deno
 * does not let a program read its limits; that needs the permission to read files. Sockets would take
 * four times as long.
 */
export function countOpenable(max: number): number {
  using files = new DisposableStack();
  for (let opened = 0; opened < max; opened++) {
    try {
      files.use(Deno.openSync("/dev/null"));
    } catch (error) {
      // Other errors say nothing about the limit.
      return isLimit(error) ? opened : max;
    }
  }
  return max;
}

// The process has as many files open as it may.
function isLimit(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EMFILE";
}
