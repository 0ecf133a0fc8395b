/**
 * Keeps long work from holding up everything else in the process.
 *
 * @module
 */

/** Lets requests, timers and other work in that wait meanwhile. */
export function letOthersIn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
