/**
 * From arguments to an exit code.
 *
 * @module
 */

import manifest from "../../deno.json" with { type: "json" };
import { isStartError } from "../app/start_error.ts";
import { printableLines } from "../text/printable.ts";
import { type Command, parseArguments } from "./arguments.ts";
import type { CommandContext } from "./command.ts";
import { ExitCode } from "./exit_code.ts";
import { giveUpPermissions } from "./permissions.ts";
import type { Streams } from "./streams.ts";

/**
 * Runs the command that the arguments name; what a command needs is loaded with it. It never
 * rejects.
 *
 * @param giveUp Takes permissions from this process for good, which tests want to go on.
 */
export async function runCommandLine(
  args: readonly string[],
  streams: Streams,
  signal: AbortSignal,
  giveUp = giveUpPermissions,
): Promise<ExitCode> {
  const parsed = parseArguments(args, manifest.version, streams);
  if (parsed.kind === "done") return parsed.code;
  const { command } = parsed;
  const { config, verbosity } = command;
  try {
    return await run(command, { config, verbosity, streams, signal, giveUpPermissions: giveUp });
  } catch (error) {
    streams.err(explain(error));
    return ExitCode.unavailable;
  }
}

async function run(command: Command, context: CommandContext): Promise<ExitCode> {
  switch (command.command) {
    case "serve":
      return await (await import("./commands/serve.ts")).serve(context);
    case "config check":
      return await (await import("./commands/config.ts")).checkConfig(context);
    case "config dump":
      return await (await import("./commands/config.ts")).dumpConfig(context);
    case "config schema":
      return (await import("./commands/config.ts")).printSchema(context);
    case "register":
      return await (await import("./commands/register.ts")).register(context, command.output);
    case "lookup":
      return await (await import("./commands/lookup.ts")).lookup(context, command.user);
    case "doctor store":
      return await (await import("./commands/doctor_store.ts")).doctorStore(context, command);
    case "send-test":
      return await (await import("./commands/send_test_mail.ts")).sendTest(context, command);
    case "preview":
      return await (await import("./commands/preview.ts")).preview(context, command);
    case "templates check":
      return await (await import("./commands/check_templates.ts")).checkTemplatesOf(
        context,
        command.template,
      );
    case "suppressions list":
      return await (await import("./commands/suppressions.ts")).listSuppressions(context);
    case "suppressions lift":
      return await (await import("./commands/suppressions.ts")).liftSuppressions(
        context,
        command.what,
      );
    case "demo":
      return await (await import("./commands/demo.ts")).demo(context, command.keep);
  }
}

// Whoever reports a defect wants to tell where it is.
function explain(error: unknown): string {
  if (isStartError(error)) return printableLines(error.message);
  const text = error instanceof Error ? error.stack ?? error.message : String(error);
  const cause = error instanceof Error && error.cause ? `\nbecause of ${error.cause}` : "";
  return `Unexpected: ${printableLines(text + cause)}`;
}
