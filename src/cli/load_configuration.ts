/**
 * Loads the configuration for a command.
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

/** A valid configuration. */
export type Loaded = Extract<LoadResult, { kind: "loaded" }>;

/** How a command loads its configuration. */
export interface ConfigurationOptions extends LoadOptions {
  /** Whether the command reports the warnings and notices of a valid one itself. */
  readonly reportsProblems?: boolean;
}

/** Loads it and prints its problems; `undefined` when it is missing or invalid. */
export async function loadConfiguration(
  context: CommandContext,
  options: ConfigurationOptions = {},
): Promise<Loaded | undefined> {
  const { streams } = context;
  const environment = machineEnvironment();
  const file = context.config ?? findConfig(environment);
  if (file === undefined) {
    streams.err(
      `No configuration found: neither mxisd.yaml in this folder nor ${SYSTEM_CONFIG} exists. ` +
        "Copy mxisd.example.yaml, or name a file: -c FILE",
    );
    return undefined;
  }
  const result = await loadSettings(file, environment, options);
  if (result.kind === "refused" || !options.reportsProblems) {
    for (const problem of result.problems) streams.err(formatProblem(problem));
  }
  return result.kind === "loaded" ? result : undefined;
}
