/**
 * Runs the program: reads arguments and signals, and sets the exit code.
 *
 * @module
 */

import { ExitCode } from "./src/cli/exit_code.ts";
import { runCommandLine } from "./src/cli/run.ts";
import { processStreams } from "./src/cli/streams.ts";

// 128 and the signal's number, as shells report a program that a signal ended.
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

if (import.meta.main) {
  const stop = new AbortController();
  for (const [signal, code] of Object.entries(SIGNALS)) {
    Deno.addSignalListener(signal as keyof typeof SIGNALS, () => {
      // The second signal does not wait.
      if (stop.signal.aborted) Deno.exit(code);
      stop.abort();
    });
  }
  const streams = processStreams(() => stop.abort());
  const code = await runCommandLine(Deno.args, streams, stop.signal);
  const written = await streams.close();
  // Whatever a command left open would keep the program alive.
  Deno.exit(written || code !== ExitCode.ok ? code : ExitCode.unavailable);
}
