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
 * @param progress While this number changes, the time limit begins anew.
 * @throws {Error} When it is not so in time.
 */
export async function until(
  what: string,
  isSo: () => boolean,
  within: number,
  progress: () => number = () => 0,
): Promise<void> {
  let end = performance.now() + within;
  for (let before = progress(); !isSo();) {
    const now = progress();
    if (now !== before) end = performance.now() + within;
    before = now;
    if (performance.now() > end) throw new Error(`not within ${within} ms: ${what}`);
    await pause(20);
  }
}
