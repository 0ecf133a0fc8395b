/**
 * Suspends processes.
 *
 * @module
 */

import { setTimeout as pause } from "node:timers/promises";

const CHECK_MS = 5;

/**
 * Suspends a process with SIGSTOP, and waits until none of its threads runs: the signal takes effect
 * some time after it was sent, later on a busy machine, and a thread may answer a request until then.
 */
export async function suspend(pid: number): Promise<void> {
  Deno.kill(pid, "SIGSTOP");
  while (threadStates(pid).some((state) => state !== "T")) await pause(CHECK_MS);
}

function threadStates(pid: number): readonly string[] {
  return [...Deno.readDirSync(`/proc/${pid}/task`)].flatMap(({ name }) => {
    try {
      const stat = Deno.readTextFileSync(`/proc/${pid}/task/${name}/stat`);
      // The state follows the program's name in parentheses, which may contain any character.
      return [stat.charAt(stat.lastIndexOf(")") + 2)];
    } catch {
      // The thread has ended.
      return [];
    }
  });
}
