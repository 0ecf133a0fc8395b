/**
 * The program: arguments in, exit code out.
 *
 * @module
 */

import { runCommandLine } from "./src/cli/run.ts";
import { processStreams } from "./src/cli/streams.ts";

// By which a shell sees what a program was ended by: 128 and the signal's number.
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

if (import.meta.main) {
  const stop = new AbortController();
  for (const [signal, code] of Object.entries(SIGNALS)) {
    Deno.addSignalListener(signal as keyof typeof SIGNALS, () => {
      // Whoever asks a second time does not want to wait.
      if (stop.signal.aborted) Deno.exit(code);
      stop.abort();
    });
  }
  const streams = processStreams(() => stop.abort());
  // Listeners for signals do not keep the program alive, but what a command left open would.
  Deno.exit(await runCommandLine(Deno.args, streams, stop.signal));
}
