/**
 * Makes the IDs of mails and of their threads.
 *
 * @module
 */

import { createHmac } from "node:crypto";
import { addressKey, type EmailAddress } from "../domain/email_address.ts";
import type { RandomBytes } from "../system/random.ts";
import { derivedKey, type MasterSecret } from "./derived_key.ts";

const RANDOM_BYTES = 16;

/**
 * A new Message-ID (RFC 5322, section 3.6.4), with its angle brackets. It is random, so that it tells
 * nothing and never comes again, even when a database is restored and numbers its rows anew.
 *
 * @param domain The domain of the From address.
 */
export function messageId(randomBytes: RandomBytes, domain: string): string {
  return `<${randomBytes(RANDOM_BYTES).toHex()}@${domain}>`;
}

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
