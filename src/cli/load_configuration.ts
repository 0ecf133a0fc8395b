/**
 * Reading the configuration that a command was given.
 *
 * @module
 */

import {
  findConfig,
  type LoadOptions,
  type LoadResult,
  loadSettings,
  SYSTEM_CONFIG,
} from "../config/load.ts";
import { machineEnvironment } from "../config/source/environment.ts";
import { formatProblem } from "../config/source/problem.ts";
import type { CommandContext } from "./command.ts";

/** A configuration that can be used. */
export type Loaded = Extract<LoadResult, { kind: "loaded" }>;

/** How a command reads its configuration. */
export interface ConfigurationOptions extends LoadOptions {
  /** Whether the command itself tells the warnings and notices of one that can be used. */
  readonly tellsProblems?: boolean;
}

/** Loads it, and says what is wrong with it; `undefined` when it cannot be used. */
export async function loadConfiguration(
  context: CommandContext,
  options: ConfigurationOptions = {},
): Promise<Loaded | undefined> {
  const { streams } = context;
  const environment = machineEnvironment();
  const file = context.config ?? findConfig(environment);
  if (file === undefined) {
    streams.err(
      `There is no configuration: no mxisd.yaml in this folder, and no ${SYSTEM_CONFIG}. ` +
        "Copy mxisd.example.yaml, or name one: -c FILE",
    );
    return undefined;
  }
  const result = await loadSettings(file, environment, options);
  if (result.kind === "refused" || !options.tellsProblems) {
    for (const problem of result.problems) streams.err(formatProblem(problem));
  }
  return result.kind === "loaded" ? result : undefined;
}
