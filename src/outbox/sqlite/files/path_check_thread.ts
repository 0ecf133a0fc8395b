/**
 * The thread of {@linkcode file://./path_check.ts}.
 *
 * @module
 */

import { ANSWERED, ASKED, END, MOVED, NONE, type PathCheckTask } from "./path_check.ts";
import { findMoved } from "./path_comparison.ts";

// The types of a worker's global scope would replace those of the whole program.
const thread = globalThis as unknown as Pick<Worker, "onmessage" | "postMessage"> & {
  close(): void;
};

thread.onmessage = ({ data }: MessageEvent<PathCheckTask>) => {
  const { files, shared } = data;
  const numbers = new Int32Array(shared);
  Atomics.store(numbers, ANSWERED, 0);
  thread.postMessage("started");
  for (let question = 0; question !== END;) {
    Atomics.wait(numbers, ASKED, question);
    question = Atomics.load(numbers, ASKED);
    if (numbers[MOVED] === NONE) Atomics.store(numbers, MOVED, findMoved(files));
    Atomics.store(numbers, ANSWERED, question);
    Atomics.notify(numbers, ANSWERED);
  }
  thread.close();
};
