/**
 * Servers that run longer than the test that starts them, for example because one test kills them
 * and the next one uses them. The test runner would report a child process as a leak.
 *
 * @module
 */

import { suspend } from "../../process/suspend.ts";
import { runTool } from "./daemon.ts";

/** How to start it. */
export interface DetachedOptions {
  /** The program and its arguments. */
  readonly command: readonly [string, ...string[]];
  /** Its working directory. */
  readonly cwd: string;
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** The file for its output, which is overwritten. */
  readonly log: string;
  /** A part of the line that it writes when it is ready. */
  readonly ready: string;
}

/** A running server. */
export interface Detached {
  /** Sends it a signal. */
  signal(signal: Deno.Signal): void;
  /** Suspends it. */
  stall(): Promise<void>;
  /** Sends a signal that ends it, SIGKILL by default, and waits until it has ended. */
  kill(signal?: Deno.Signal): Promise<void>;
}

/** Starts it and waits until it is ready. */
export async function startDetached(options: DetachedOptions): Promise<Detached> {
  const { command, cwd, env, log, ready } = options;
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const start = 'log=$1; shift; setsid env -i "$@" >"$log" 2>&1 </dev/null & echo $!';
  const pid = Number(
    await runTool(["sh", "-c", start, "sh", log, ...variables, ...command], { cwd }),
  );
  const server = {
    signal: (signal: Deno.Signal) => Deno.kill(pid, signal),
    stall: () => suspend(pid),
    async kill(signal: Deno.Signal = "SIGKILL") {
      Deno.kill(pid, signal);
      await runTool(["tail", "-s", "0.02", `--pid=${pid}`, "-f", "/dev/null"]);
    },
  };
  const wait = 'grep -q -m1 -F "$1" < <(exec tail -n +1 -F --pid="$2" "$3" 2>/dev/null)';
  try {
    await runTool(["timeout", "240", "bash", "-c", wait, "bash", ready, `${pid}`, log]);
  } catch (cause) {
    const written = await Deno.readTextFile(log);
    await server.kill().catch(() => {});
    throw new Error(`${command[0]} is not ready:\n${written.slice(-2000)}`, { cause });
  }
  return server;
}
