/**
 * The thread of {@linkcode file://./health_probe.ts}.
 *
 * @module
 */

import { waitedMs } from "./waited.ts";

const PAUSE_MS = 50;

// The types of a worker's global scope would replace those of the whole program.
const thread = globalThis as unknown as Pick<Worker, "onmessage" | "postMessage">;

let ended = false;

thread.onmessage = async ({ data }: MessageEvent<{ port: number; pid: number } | "end">) => {
  if (data === "end") {
    ended = true;
    return;
  }
  let longest = 0;
  while (!ended) {
    const start = performance.now() - waitedMs(data.pid);
    try {
      const response = await fetch(`http://127.0.0.1:${data.port}/health`);
      await response.text();
      longest = Math.max(
        longest,
        response.ok ? performance.now() - waitedMs(data.pid) - start : Infinity,
      );
    } catch {
      longest = Infinity;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  thread.postMessage(longest);
};
