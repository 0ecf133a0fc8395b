/**
 * What commands are given.
 *
 * @module
 */

import type { GiveUpPermissions } from "./permissions.ts";
import type { Streams } from "./streams.ts";

/** What every command is given. */
export interface CommandContext {
  /** The configuration that was asked for; absent: the first one that is found. */
  readonly config: string | undefined;
  /** How often `-v` was given. */
  readonly verbosity: number;
  /** Where to write. */
  readonly streams: Streams;
  /** Aborted when the program is asked to stop. */
  readonly signal: AbortSignal;
  /** Gives up what the process is not to be able to do any more. */
  readonly giveUpPermissions: GiveUpPermissions;
}
