/**
 * Loads the configuration for a command.
 *
 * @module
 */

import {
  findConfig,
  type LoadOptions,
  type LoadResult,
  loadSections,
  loadSettings,
  type SectionName,
  SYSTEM_CONFIG,
} from "../config/load.ts";
import type { Settings } from "../config/sections/settings.ts";
import type { ConfigEnvironment } from "../config/source/environment.ts";
import { formatProblem, type Problem } from "../config/source/problem.ts";
import { paint, type Style } from "./colors.ts";
import type { CommandContext } from "./command.ts";

/** A valid configuration. */
export type Loaded = Extract<LoadResult, { kind: "loaded" }>;

/** How a command loads its configuration. */
export interface ConfigurationOptions extends LoadOptions {
  /** Whether the command reports the warnings and notices of a valid one itself. */
  readonly reportsProblems?: boolean;
  /** Takes what is right in an invalid one, after its problems were printed. */
  readonly onRefused?: (refused: Extract<LoadResult, { kind: "refused" }>) => Promise<void>;
}

/** Loads it and prints its problems; `undefined` when it is missing or invalid. */
export async function loadConfiguration(
  context: CommandContext,
  options: ConfigurationOptions = {},
): Promise<Loaded | undefined> {
  const environment = context.environment();
  const file = configurationFile(context, environment);
  if (file === undefined) return undefined;
  const result = await loadSettings(file, environment, options);
  if (result.kind === "refused" || !options.reportsProblems) {
    report(context, result.problems, options);
  }
  if (result.kind === "loaded") return result;
  await options.onRefused?.(result);
  return undefined;
}

/**
 * Loads some sections and prints their problems, whatever is wrong elsewhere in the file; `undefined`
 * when they are missing or invalid.
 */
export async function loadConfigurationSections<Name extends SectionName>(
  context: CommandContext,
  names: readonly Name[],
  options: LoadOptions & Pick<ConfigurationOptions, "reportsProblems"> = {},
): Promise<Pick<Settings, Name> | undefined> {
  const environment = context.environment();
  const file = configurationFile(context, environment);
  if (file === undefined) return undefined;
  const result = await loadSections(file, names, environment, options);
  if (result.kind === "refused" || !options.reportsProblems) {
    report(context, result.problems, options);
  }
  return result.kind === "loaded" ? result.settings : undefined;
}

/** The configuration's path as it was named, or found; `undefined`, after saying so, if there is none. */
export function configurationFile(
  { config, streams }: Pick<CommandContext, "config" | "streams">,
  environment: ConfigEnvironment,
): string | undefined {
  const file = config ?? findConfig(environment);
  if (file !== undefined) return file;
  streams.err(
    `No configuration found: neither mxisd.yaml in this folder nor ${SYSTEM_CONFIG} exists. ` +
      "Copy mxisd.example.yaml, or name a file: -c FILE",
  );
  return undefined;
}

const STYLES: Readonly<Record<Problem["severity"], Style>> = {
  error: "red",
  warning: "yellow",
  notice: "bold",
};

// Notices would be in the way of what was asked for: config check and the service's log have them.
function report(
  { streams }: CommandContext,
  problems: readonly Problem[],
  { advice = false }: Pick<LoadOptions, "advice">,
): void {
  for (const problem of problems) {
    if (problem.severity === "notice" && !advice) continue;
    const line = formatProblem(problem);
    const style = STYLES[problem.severity];
    // The place, up to line and column.
    streams.err(line.replace(/^.*?:\d+:\d+:/, (place) => paint(place, style, streams.errColors)));
  }
}
