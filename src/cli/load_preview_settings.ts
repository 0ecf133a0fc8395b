/**
 * Loads the settings that samples are rendered with: the configuration, or without one the built-in
 * settings.
 *
 * @module
 */

import { resolve } from "node:path";
import { StartError } from "../app/start_error.ts";
import { findConfig } from "../config/load.ts";
import type { Settings } from "../config/sections/settings.ts";
import { sampleSettings } from "../preview/sample_settings.ts";
import { withTemplate } from "../preview/with_template.ts";
import { readError } from "../system/read_file.ts";
import type { CommandContext } from "./command.ts";
import { loadConfiguration } from "./load_configuration.ts";

/**
 * Loads the settings; `undefined` when there is an invalid configuration, whose problems are printed.
 *
 * @param template A folder of templates, or a legacy template, in place of the configured one.
 * @throws {StartError} When the template cannot be read.
 */
export async function loadPreviewSettings(
  context: CommandContext,
  template: string | undefined,
): Promise<Settings | undefined> {
  const configured = context.config !== undefined ||
    findConfig(context.environment()) !== undefined;
  const settings = configured
    ? (await loadConfiguration(context))?.settings
    : await sampleSettings();
  if (settings === undefined || template === undefined) return settings;
  try {
    const { isDirectory } = await Deno.stat(template);
    return withTemplate(settings, resolve(template), isDirectory ? "folder" : "file");
  } catch (error) {
    throw new StartError(readError(template, error).message, { cause: error });
  }
}
