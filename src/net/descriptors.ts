/**
 * Finds out whether this process may open more files and connections.
 *
 * @module
 */

/**
 * Whether so many more descriptors can be opened. They are opened for a moment, as sockets: files need
 * a permission, and Deno does not let a program read its limits.
 */
export function canOpen(count: number): boolean {
  using sockets = new DisposableStack();
  try {
    for (let opened = 0; opened < count; opened++) {
      sockets.use(Deno.listen({ hostname: "127.0.0.1", port: 0 }));
    }
    return true;
  } catch (error) {
    // Other errors say nothing about the limit.
    return !isLimit(error);
  }
}

// The process has as many files open as it may.
function isLimit(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EMFILE";
}
