/**
 * Opens the outbox with what the settings say.
 *
 * @module
 */

import type { Settings } from "../config/sections/settings.ts";
import { domainOf } from "../domain/email_address.ts";
import { LONGEST_SEND } from "../mail/smtp/transport.ts";
import { messageId } from "../notify/message_id.ts";
import { stopHash } from "../notify/stop_hash.ts";
import type { Outbox } from "../outbox/port.ts";
import { openSqliteOutbox } from "../outbox/sqlite/outbox.ts";
import { MINUTE } from "../settings/duration.ts";
import { masterSecret } from "./master_secret.ts";
import type { Platform } from "./platform.ts";
import { sender } from "./transport.ts";

// Longer than all the lookups for an invitation together, and than a program or a service that sends
// mails may be given.
const SHORTEST_LEASE = 15 * MINUTE;

/**
 * Opens the outbox.
 *
 * @param owner `false` for commands that look on beside the running service.
 * @throws {OutboxError} `refused` when the file has another owner, is not ours or is newer.
 */
export function openOutbox(
  settings: Settings,
  { clock }: Platform,
  { owner } = { owner: true },
): Outbox {
  const { notify, storage, threepid } = settings;
  const domain = domainOf(sender(settings).address);
  const { timeout } = threepid.medium.email.connectors.smtp;
  return openSqliteOutbox({
    // The configuration fills it in where the file does not have it.
    file: storage.provider.sqlite.database ?? "appservice-mxisd.db",
    clock,
    maxAge: notify.maxAge,
    lease: Math.max(SHORTEST_LEASE, LONGEST_SEND * timeout + MINUTE),
    messageId: (secret, mail) => messageId(secret, notify.secret?.reveal(), mail, domain),
    stopHash: (secret) => stopHash(masterSecret(settings, secret)),
    owner,
  });
}
