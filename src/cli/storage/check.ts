/**
 * The command `storage check`.
 *
 * @module
 */

import { machinePlatform } from "../../app/platform.ts";
import { checkOutbox } from "../../app/storage/check.ts";
import { printable } from "../../text/printable.ts";
import type { CommandContext } from "../command.ts";
import { ExitCode } from "../exit_code.ts";
import { loadConfiguration } from "../load_configuration.ts";
import { writeJson } from "../write_json.ts";

const MAX_SHOWN = 100;

/** Counts the rows of all tables, and prints what is wrong. Fails if anything is. */
export async function check(
  context: CommandContext,
  { json }: { readonly json: boolean },
): Promise<ExitCode> {
  const { out, err } = context.streams;
  const loaded = await loadConfiguration(context);
  if (!loaded) return ExitCode.configuration;
  using platform = machinePlatform(loaded.settings);
  const { tables, problems } = await checkOutbox(loaded.settings, platform);
  if (json) {
    const counts = Object.fromEntries(tables.map(({ table, rows }) => [table, rows ?? null]));
    out(writeJson({ tables: counts, problems }));
  } else {
    const width = Math.max(...tables.map(({ table }) => table.length));
    for (const { table, rows } of tables) out(`${table.padEnd(width)}  ${rows ?? "unreadable"}`);
    for (const problem of problems.slice(0, MAX_SHOWN)) err(printable(problem));
    if (problems.length > MAX_SHOWN) err(`... and more: --json has all of them`);
    if (problems.length === 0) out("Nothing is wrong.");
    else err(`Problems: ${problems.length}`);
  }
  return problems.length === 0 ? ExitCode.ok : ExitCode.failed;
}
