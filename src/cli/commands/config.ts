/**
 * The commands `config check`, `config dump` and `config schema`.
 *
 * @module
 */

import { openRenderer, openStopPage } from "../../app/renderer.ts";
import { dumpSettings } from "../../config/schema/dump.ts";
import { settingsJsonSchema } from "../../config/schema/json_schema.ts";
import { RenderError } from "../../render/port.ts";
import { printable, printableLines } from "../../text/printable.ts";
import type { CommandContext } from "../command.ts";
import { ExitCode } from "../exit_code.ts";
import { loadConfiguration } from "../load_configuration.ts";

/** Checks the configuration and prints its problems; fails when it is invalid. */
export async function checkConfig(context: CommandContext): Promise<ExitCode> {
  const loaded = await loadConfiguration(context);
  if (!loaded) return ExitCode.failed;
  const { err } = context.streams;
  try {
    const { settings } = loaded;
    await openRenderer(settings, (warning) => err(printable(warning))).check();
    // Without a public URL the page is not served.
    if (settings.server.publicUrl !== undefined) await openStopPage(settings).check();
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    err(printableLines(error.message));
    return ExitCode.failed;
  }
  context.streams.out(`${printable(loaded.file)} is valid.`);
  return ExitCode.ok;
}

/** Prints the settings in effect, secrets redacted. */
export async function dumpConfig(context: CommandContext): Promise<ExitCode> {
  const loaded = await loadConfiguration(context);
  if (!loaded) return ExitCode.configuration;
  context.streams.out(dumpSettings(loaded.settings, loaded.storesInOrder).trimEnd());
  return ExitCode.ok;
}

/** Prints the configuration's JSON Schema. */
export function printSchema(context: CommandContext): ExitCode {
  context.streams.out(settingsJsonSchema().trimEnd());
  return ExitCode.ok;
}
