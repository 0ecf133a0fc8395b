/**
 * Finds out how many more files and connections this process may open.
 *
 * @module
 */

/**
 * How many more descriptors can be opened, up to a number. They are opened for a moment, as sockets:
 * files need a permission, and Deno does not let a program read its limits.
 */
export function countOpenable(max: number): number {
  using sockets = new DisposableStack();
  for (let opened = 0; opened < max; opened++) {
    try {
      sockets.use(Deno.listen({ hostname: "127.0.0.1", port: 0 }));
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
