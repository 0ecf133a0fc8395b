/**
 * The program: arguments in, exit code out.
 *
 * @module
 */

import { runCommandLine } from "./src/cli/run.ts";
import { processStreams } from "./src/cli/streams.ts";

if (import.meta.main) {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    // A second one ends the program at once, as it would without us.
    const handler = () => {
      Deno.removeSignalListener(signal, handler);
      stop.abort();
    };
    Deno.addSignalListener(signal, handler);
  }
  Deno.exitCode = await runCommandLine(Deno.args, processStreams(), stop.signal);
  // Listeners for signals do not keep the program alive, but what a command left open would.
  Deno.exit();
}
