/**
 * Connects the parser of a command with its body.
 *
 * @module
 */

import { map } from "@optique/core/modifiers";
import type { Parser } from "@optique/core/parser";
import type { ConfigEnvironment } from "../config/source/environment.ts";
import type { ExitCode } from "./exit_code.ts";
import type { GlobalOptions } from "./options.ts";
import type { GiveUpPermissions } from "./permissions.ts";
import type { Streams } from "./streams.ts";

/** What a command is given by the process. */
export interface ProcessContext {
  /** Where to write. */
  readonly streams: Streams;
  /** Aborted when the program is asked to stop. */
  readonly signal: AbortSignal;
  /** Drops permissions of the process. */
  readonly giveUpPermissions: GiveUpPermissions;
  /** The machine, as a configuration is read from it. */
  readonly environment: () => ConfigEnvironment;
  /** The time, in milliseconds UTC. */
  readonly now: () => number;
}

/** What every command is given, besides its own arguments. */
export interface CommandContext extends ProcessContext, GlobalOptions {}

/** A command that was parsed with its arguments, ready to run. */
export type Command = (context: ProcessContext) => Promise<ExitCode>;

/**
 * The parser of a command, whose body gets what was parsed.
 *
 * @param run Loads the body, so that no command loads what only others need, and runs it.
 */
export function commandParser<Arguments extends GlobalOptions, State>(
  parser: Parser<"sync", Arguments, State>,
  run: (context: CommandContext, args: Arguments) => Promise<ExitCode>,
): Parser<"sync", Command, State> {
  return map(parser, (args) => (context: ProcessContext) => {
    const { config, verbosity } = args;
    return run({ ...context, config, verbosity }, args);
  });
}
