/**
 * How long programs waited for a processor.
 *
 * @module
 */

/**
 * For how many milliseconds the main thread of a process and the calling thread have waited for a
 * processor, which other programs had (schedstat of proc(5)).
 */
export function waitedMs(pid: number): number {
  const files = [`/proc/${pid}/task/${pid}/schedstat`, "/proc/thread-self/schedstat"];
  const waits = files.map((file) => Number(Deno.readTextFileSync(file).split(" ")[1]));
  return waits.reduce((sum, wait) => sum + wait) / 1e6;
}
