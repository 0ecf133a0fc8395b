/**
 * The command `storage backup`.
 *
 * @module
 */

import { backUpOutbox } from "../../app/storage/backup.ts";
import { printable } from "../../text/printable.ts";
import type { CommandContext } from "../command.ts";
import { ExitCode } from "../exit_code.ts";
import { loadConfiguration } from "../load_configuration.ts";

/** Copies the SQLite file; for PostgreSQL it prints the command that does it, and fails. */
export async function backUp(context: CommandContext, target: string): Promise<ExitCode> {
  const { out, err } = context.streams;
  const loaded = await loadConfiguration(context);
  if (!loaded) return ExitCode.configuration;
  const backup = await backUpOutbox(loaded.settings, target);
  if (backup.kind === "server") {
    err("The outbox is in PostgreSQL, and pg_dump makes a backup of it:");
    err(printable(backup.command));
    return ExitCode.failed;
  }
  const { bytes, invitations, mails } = backup.copy;
  out(`${printable(target)}: ${bytes} bytes, invitations ${invitations}, emails ${mails}`);
  return ExitCode.ok;
}
