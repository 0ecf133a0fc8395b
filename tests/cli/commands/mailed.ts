/** The service, started until somebody has been mailed. */

import assert from "node:assert/strict";
import { inviteEvent } from "../../process/invite_event.ts";
import { logEvent } from "../../process/program.ts";
import { start } from "../command_line.ts";
import { type Differences, HS_TOKEN, type Workspace } from "../workspace.ts";

/** What tests do more than have bob invited. */
export interface Mailing {
  /** What is different in the invite. */
  readonly invite?: Readonly<Record<string, unknown>>;
  /** What happens after the mail, while the service still runs. */
  readonly then?: () => Promise<void>;
}

/** Runs the service until bob was sent the mail about an invite, to this port. */
export async function mailBob(
  workspace: Workspace,
  port: number,
  differences: Differences,
  { invite = {}, then }: Mailing = {},
): Promise<void> {
  const config = await workspace.configure({
    "threepid.medium.email.connectors.smtp.port": port,
    // A test may have him mailed twice, about the same room.
    "notify.digest": "off",
    "notify.repeatAfter": "off",
    ...differences,
  });
  await using running = start(["serve", "-v", "-c", config]);
  const event = (name: string) => running.lines.find((line) => logEvent(line)?.event === name);
  await event("listening");
  const response = await fetch(`http://127.0.0.1:${workspace.port}/_matrix/app/v1/transactions/1`, {
    method: "PUT",
    headers: { authorization: `Bearer ${HS_TOKEN}` },
    body: JSON.stringify({ events: [inviteEvent(invite)] }),
  });
  assert.equal(response.status, 200);
  await response.body?.cancel();
  await event("mail sent");
  await then?.();
}
