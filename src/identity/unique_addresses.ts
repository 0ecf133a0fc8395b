/**
 * Addresses without their repetitions.
 *
 * @module
 */

import type { EmailAddress } from "../domain/email_address.ts";

/**
 * Each address once, in its first spelling. Case makes no difference: to a mail server it may before
 * the @ (RFC 5321, section 2.4), but no organisation has two people whom it tells apart by that.
 */
export function uniqueAddresses(addresses: Iterable<EmailAddress>): EmailAddress[] {
  const unique = new Map<string, EmailAddress>();
  for (const address of addresses) {
    const key = address.normalize("NFC").toLowerCase();
    if (!unique.has(key)) unique.set(key, address);
  }
  return [...unique.values()];
}
