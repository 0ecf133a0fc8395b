/**
 * From arguments to an exit code.
 *
 * @module
 */

import manifest from "../../deno.json" with { type: "json" };
import { parseArguments } from "./arguments.ts";
import type { CommandContext } from "./command.ts";
import type { ExitCode } from "./exit_code.ts";
import type { Streams } from "./streams.ts";

/** Runs the command that the arguments name; what a command needs is loaded with it. */
export async function runCommandLine(
  args: readonly string[],
  streams: Streams,
  signal: AbortSignal,
): Promise<ExitCode> {
  const parsed = parseArguments(args, manifest.version, streams);
  if (parsed.kind === "done") return parsed.code;
  const { command } = parsed;
  const { config, verbosity } = command;
  const context: CommandContext = { config, verbosity, streams, signal };
  switch (command.command) {
    case "serve":
      return await (await import("./serve.ts")).serve(context);
    case "config check":
      return await (await import("./config.ts")).checkConfig(context);
    case "config dump":
      return await (await import("./config.ts")).dumpConfig(context);
    case "config schema":
      return (await import("./config.ts")).printSchema(context);
    case "register":
      return await (await import("./register.ts")).register(context, command.output);
    case "lookup":
      return await (await import("./lookup.ts")).lookup(context, command.user);
    case "send-test":
      return await (await import("./send_test.ts")).sendTest(context, command.address);
    case "demo":
      return await (await import("./demo.ts")).demo(context, command.keep);
  }
}
