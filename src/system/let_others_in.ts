/**
 * Keeps long work from holding up everything else in the process.
 *
 * @module
 */

let paused = 0;

/** Lets requests, timers and other work in that wait meanwhile. */
export async function letOthersIn(): Promise<void> {
  paused++;
  // Not `setImmediate`, which Deno runs before it looks for requests.
  await new Promise((resolve) => setTimeout(resolve));
  paused--;
}

/** Whether there is long work that lets others in at the moment. */
export function isLettingOthersIn(): boolean {
  return paused > 0;
}
