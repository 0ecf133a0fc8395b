/**
 * The command `storage migrate`.
 *
 * @module
 */

import { machinePlatform } from "../../app/platform.ts";
import { type Backend, moveStorage } from "../../app/storage/move.ts";
import type { CommandContext } from "../command.ts";
import { ExitCode } from "../exit_code.ts";
import { loadConfiguration } from "../load_configuration.ts";

/** Copies everything to the other database, and prints what both have. Fails unless that is the same. */
export async function migrate(
  context: CommandContext,
  { from, to }: { readonly from: Backend; readonly to: Backend },
): Promise<ExitCode> {
  const { out, err } = context.streams;
  if (from === to) {
    err("Name two kinds of databases: --from sqlite --to postgresql, or the other way round");
    return ExitCode.usage;
  }
  const loaded = await loadConfiguration(context);
  if (!loaded) return ExitCode.configuration;
  using platform = machinePlatform(loaded.settings);
  const { source, target, agrees } = await moveStorage(loaded.settings, platform, from, to);
  const width = Math.max(...source.map(({ table }) => table.length));
  const side = Math.max(from.length, to.length);
  const digits = Math.max(...[...source, ...target].map(({ rows }) => `${rows}`.length));
  const line = (table: string, name: string, rows: number, hash: string) =>
    `${table.padEnd(width)}  ${name.padEnd(side)}  ${`${rows}`.padStart(digits)}  sha256:${hash}`;
  for (const [index, { table, rows, hash }] of source.entries()) {
    out(line(table, from, rows, hash));
    const other = target[index];
    if (other) out(line("", to, other.rows, other.hash));
  }
  if (agrees) {
    out(`Both have the same. Set storage.backend to ${to} before the service starts.`);
    return ExitCode.ok;
  }
  err(
    "They have different contents. If a service or a command changed something meanwhile, or the " +
      "target was not empty, empty the target and run this again. Nothing was deleted.",
  );
  return ExitCode.failed;
}
