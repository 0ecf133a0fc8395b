/**
 * The command `demo`: the whole way of an invitation, with nothing set up.
 *
 * @module
 */

import { runDemo } from "../../demo/demo.ts";
import type { CommandContext } from "../command.ts";
import { ExitCode } from "../exit_code.ts";
import { loadConfiguration } from "../load_configuration.ts";
import { levelFor, openLogging } from "../logging.ts";

// Where the page can be found again when the program is restarted.
const PAGE_PORT = 8091;

/**
 * Runs the demonstration; with `keep` until it is asked to stop. A configuration that is named counts
 * for the page of samples alone.
 */
export async function demo(context: CommandContext, keep: boolean): Promise<ExitCode> {
  const { streams, signal, verbosity } = context;
  await using _logging = await openLogging(levelFor("warning", verbosity), streams);
  const named = context.config === undefined ? undefined : await loadConfiguration(context);
  if (context.config !== undefined && !named) return ExitCode.configuration;
  const preview = named ? { preview: named.settings } : {};
  await runDemo({ tell: streams.out, keep, pagePort: PAGE_PORT, ...preview, signal });
  return ExitCode.ok;
}
