/**
 * Waits.
 *
 * @module
 */

/** Waits so long, in milliseconds. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * Waits until something is so.
 *
 * @param what For the error.
 * @param within The time limit, in milliseconds.
 * @throws {Error} When it is not so in time.
 */
export async function until(what: string, isSo: () => boolean, within: number): Promise<void> {
  const end = performance.now() + within;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`not within ${within} ms: ${what}`);
    await pause(20);
  }
}
