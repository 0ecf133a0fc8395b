/**
 * Message-IDs that stay the same over all attempts, and tell nothing.
 *
 * @module
 */

import { createHmac } from "node:crypto";
import type { QueuedMail } from "../outbox/port.ts";
import { derivedKey } from "./derived_key.ts";

/**
 * The Message-ID of a mail (RFC 5322, section 3.6.4), with its angle brackets.
 *
 * @param secret The outbox's own secret; it also keeps two outboxes apart that number their mails
 * alike.
 * @param override A secret of the administrator's that takes its place as the key.
 * @param mail With its time, as a database that was restored from a backup gives rows the same IDs
 * again: a new mail under an old Message-ID would be dropped as a duplicate.
 * @param domain The domain of the From address.
 */
export function messageId(
  secret: Uint8Array,
  override: string | undefined,
  mail: QueuedMail,
  domain: string,
): string {
  const key = derivedKey(override ?? secret, "message-id");
  const outbox = createHmac("sha256", secret).update("outbox").digest("hex");
  const text = `${outbox}:${mail.id}:${mail.queuedAt}`;
  const digest = createHmac("sha256", key).update(text).digest("hex");
  return `<${digest.slice(0, 40)}@${domain}>`;
}
