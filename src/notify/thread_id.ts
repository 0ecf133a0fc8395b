/**
 * What makes a thread of the mails about one room to one person.
 *
 * @module
 */

import { createHmac } from "node:crypto";
import { addressKey, type EmailAddress } from "../domain/email_address.ts";
import { derivedKey, type MasterSecret } from "./derived_key.ts";

/**
 * An identifier in the form of a Message-ID (RFC 5322, section 3.6.4) that no mail has. It is the
 * same for all mails about a room to an address, and another one for every other address, so that it
 * links nobody to anybody.
 */
export function threadId(
  secret: MasterSecret,
  roomId: string,
  address: EmailAddress,
  domain: string,
): string {
  // The length tells where one ends and the other begins, whatever they have in them.
  const digest = createHmac("sha256", derivedKey(secret, "thread"))
    .update(`${roomId.length}:${roomId}:${addressKey(address)}`).digest("hex");
  return `<${digest.slice(0, 40)}.thread@${domain}>`;
}
