/**
 * The thread of {@linkcode file://./health_probe.ts}.
 *
 * @module
 */

const PAUSE_MS = 50;

// The types of a worker's global scope would replace those of the whole program.
const thread = globalThis as unknown as Pick<Worker, "onmessage" | "postMessage">;

let ended = false;

// How long the service's main thread and this one have waited for a processor, which other programs
// had (schedstat of proc(5)).
function delayMs(pid: number): number {
  const files = [`/proc/${pid}/task/${pid}/schedstat`, "/proc/thread-self/schedstat"];
  const delays = files.map((file) => Number(Deno.readTextFileSync(file).split(" ")[1]));
  return delays.reduce((sum, delay) => sum + delay) / 1e6;
}

thread.onmessage = async ({ data }: MessageEvent<{ port: number; pid: number } | "end">) => {
  if (data === "end") {
    ended = true;
    return;
  }
  let longest = 0;
  while (!ended) {
    const start = performance.now() - delayMs(data.pid);
    try {
      const response = await fetch(`http://127.0.0.1:${data.port}/health`);
      await response.text();
      longest = Math.max(
        longest,
        response.ok ? performance.now() - delayMs(data.pid) - start : Infinity,
      );
    } catch {
      longest = Infinity;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  thread.postMessage(longest);
};
