/**
 * The command `demo`: a demonstration that needs no setup.
 *
 * @module
 */

import { runDemo } from "../../demo/demo.ts";
import type { CommandContext } from "../command.ts";
import { ExitCode } from "../exit_code.ts";
import { loadConfiguration } from "../load_configuration.ts";
import { levelFor, openLogging } from "../logging.ts";

// A fixed port, so that the page can be reloaded when the program is restarted.
const PAGE_PORT = 8091;

/**
 * Runs the demonstration; with `keep`, until it is asked to stop. A configuration is used only for the
 * page of samples.
 */
export async function demo(context: CommandContext, keep: boolean): Promise<ExitCode> {
  const { streams, signal, verbosity } = context;
  await using _logging = await openLogging(levelFor("warning", verbosity), streams);
  const loaded = context.config === undefined ? undefined : await loadConfiguration(context);
  if (context.config !== undefined && !loaded) return ExitCode.configuration;
  const preview = loaded?.settings;
  await runDemo({ print: streams.out, keep, pagePort: PAGE_PORT, preview, signal });
  return ExitCode.ok;
}
