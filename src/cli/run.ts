/**
 * Runs the command line.
 *
 * @module
 */

import { needsAdministrator } from "../app/start_error.ts";
import { machineEnvironment } from "../config/source/environment.ts";
import { isSystemError } from "../system/file_error.ts";
import { printable, printableLines } from "../text/printable.ts";
import type { ParsedArguments } from "./arguments.ts";
import { ExitCode } from "./exit_code.ts";
import { giveUpPermissions } from "./permissions.ts";
import type { Streams } from "./streams.ts";
import { usualServe } from "./usual_serve.ts";
import { VERSION, versionLine } from "./version.ts";

/**
 * Runs the command that the arguments name, and returns its exit code. It never rejects.
 *
 * @param giveUp Revokes permissions of this process, which tests need later.
 * @param environment The working directory and the variables, which tests have of their own.
 * @param now The time, in milliseconds UTC.
 */
export async function runCommandLine(
  args: readonly string[],
  streams: Streams,
  signal: AbortSignal,
  giveUp = giveUpPermissions,
  environment = machineEnvironment,
  now = Date.now,
): Promise<ExitCode> {
  try {
    const parsed = await parse(args, streams);
    if (parsed.kind === "done") return parsed.code;
    return await parsed.command({ streams, signal, giveUpPermissions: giveUp, environment, now });
  } catch (error) {
    streams.err(describeFailure(error));
    return ExitCode.unavailable;
  }
}

async function parse(args: readonly string[], streams: Streams): Promise<ParsedArguments> {
  const usual = usualServe(args);
  if (usual !== undefined) {
    const { serve } = await import("./commands/serve.ts");
    const { reload, ...options } = usual;
    return { kind: "command", command: (context) => serve({ ...context, ...options }, reload) };
  }
  const { parseArguments } = await import("./arguments.ts");
  if (args[0] === "completion") await (await import("./words.ts")).loadWords();
  const version = args.includes("--version") ? await versionLine() : VERSION;
  return parseArguments(args, version, streams);
}

// An unexpected error is a defect: its stack says where. The system's refusals are not.
function describeFailure(error: unknown): string {
  if (needsAdministrator(error)) return printableLines(error.message);
  if (isSystemError(error)) return `The system refused: ${printable(error.message)}`;
  const text = error instanceof Error ? error.stack ?? error.message : String(error);
  const cause = error instanceof Error && error.cause ? `\ncaused by ${error.cause}` : "";
  return `Unexpected error: ${printableLines(text + cause)}`;
}
