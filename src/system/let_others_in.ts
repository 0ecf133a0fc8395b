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

// As long as a request may wait for one piece of other work.
const MAX_HELD_MS = 10;

/**
 * Returns a function to call between the pieces of long work: it lets others in if 10 ms have passed since
 * they were.
 */
export function openPace(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < MAX_HELD_MS) return;
    await letOthersIn();
    since = performance.now();
  };
}
