/**
 * Keeps long work from holding up everything else in the process.
 *
 * @module
 */

import { clearImmediate, setImmediate } from "node:timers";

// A timer that fires later than that was held up by other work, and perhaps no request was looked for.
const MAX_LATE_MS = 3;
// After so many such timers, the work goes on in any case.
const MAX_TIMERS = 4;

let pause: Promise<void> | undefined;
// When the last pause was over.
let over = -Infinity;

/**
 * Lets requests, timers and other work in that wait meanwhile. All long work shares one pause: if some of
 * it ran while other work paused, there would always be something to run, and Deno looks for requests
 * only when there is nothing, or after 61 tasks.
 */
export function letOthersIn(): Promise<void> {
  return pause ??= pauseAll();
}

async function pauseAll(): Promise<void> {
  for (let timer = 0; timer < MAX_TIMERS; timer++) {
    const start = performance.now();
    // At least a millisecond: Deno 2.6 runs what is due earlier, like `setImmediate`, before it looks for
    // requests.
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (performance.now() - start < MAX_LATE_MS) break;
  }
  pause = undefined;
  over = performance.now();
}

// How much work waits until everything else has run.
let last = 0;

/** Runs work after all that is ready to run. Disposing of the result prevents that. */
export function runLast(work: () => void): Disposable {
  last++;
  let task: ReturnType<typeof setImmediate> | undefined = setImmediate(() => {
    end();
    work();
  });
  function end(): void {
    if (task === undefined) return;
    clearImmediate(task);
    task = undefined;
    last--;
  }
  return { [Symbol.dispose]: end };
}

/** Whether there is work that lets others in at the moment, or runs last. */
export function isLettingOthersIn(): boolean {
  return pause !== undefined || last > 0;
}

// As long as a request may wait for one piece of other work.
const MAX_HELD_MS = 10;

/**
 * Returns a function to call between the pieces of long work: it lets others in if 10 ms have passed since
 * they were, or if other work does so at the moment.
 */
export function openPace(): () => Promise<void> {
  const begin = performance.now();
  return async () => {
    const held = performance.now() - Math.max(begin, over);
    if (pause !== undefined || held >= MAX_HELD_MS) await letOthersIn();
  };
}
