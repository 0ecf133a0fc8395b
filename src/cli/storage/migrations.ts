/**
 * The command `storage migrations`.
 *
 * @module
 */

import { outboxMigrations } from "../../app/outbox.ts";
import type { CommandContext } from "../command.ts";
import { ExitCode } from "../exit_code.ts";
import { loadConfiguration } from "../load_configuration.ts";

/** Prints the statements that make the tables in PostgreSQL. */
export async function printMigrations(context: CommandContext): Promise<ExitCode> {
  const loaded = await loadConfiguration(context);
  if (!loaded) return ExitCode.configuration;
  context.streams.out((await outboxMigrations(loaded.settings)).trimEnd());
  return ExitCode.ok;
}
