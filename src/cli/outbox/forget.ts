/**
 * The command `forget`: deletes what is stored about a person.
 *
 * @module
 */

import { parseUserId } from "../../domain/user_id.ts";
import { printable } from "../../text/printable.ts";
import type { CommandContext } from "../command.ts";
import { ExitCode } from "../exit_code.ts";
import { withOutbox } from "../with_outbox.ts";

/** Deletes the person's rows. Fails when there are none. */
export async function forget(context: CommandContext, text: string): Promise<ExitCode> {
  const { out, err } = context.streams;
  const user = parseUserId(text);
  if (user === undefined) {
    err(`${printable(text)} is not a Matrix ID: write one such as @bob:example.org`);
    return ExitCode.usage;
  }
  return await withOutbox(context, async ({ outbox: { records } }) => {
    const { invitations, mails, choices } = await records.forget(user);
    if (invitations + mails + choices === 0) {
      err(`Nothing is stored about ${user}`);
      return ExitCode.failed;
    }
    out(`Deleted of ${user}: invitations ${invitations}, emails ${mails}`);
    if (choices > 0) out(`Choices to stop emails, kept as hashes: ${choices}`);
    return ExitCode.ok;
  });
}
