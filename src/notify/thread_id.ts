/**
 * Derives the ID that threads all mails about one room to one person.
 *
 * @module
 */

import { createHmac } from "node:crypto";
import { addressKey, type EmailAddress } from "../domain/email_address.ts";
import { derivedKey, type MasterSecret } from "./derived_key.ts";

/**
 * An ID in the form of a Message-ID (RFC 5322, section 3.6.4) that no mail has. It is the same for all
 * mails about a room to an address, and differs between addresses, so that it does not link people.
 */
export function threadId(
  secret: MasterSecret,
  roomId: string,
  address: EmailAddress,
  domain: string,
): string {
  // The length keeps the two fields apart, whatever characters they have.
  const digest = createHmac("sha256", derivedKey(secret, "thread"))
    .update(`${roomId.length}:${roomId}:${addressKey(address)}`).digest("hex");
  return `<${digest.slice(0, 40)}.thread@${domain}>`;
}
