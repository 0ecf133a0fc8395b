/**
 * Addresses without their repetitions.
 *
 * @module
 */

import { type EmailAddress, foldDomain } from "../domain/email_address.ts";

/** Each address once, in its first spelling; the case of a domain makes no difference. */
export function uniqueAddresses(addresses: Iterable<EmailAddress>): EmailAddress[] {
  const unique = new Map<string, EmailAddress>();
  for (const address of addresses) {
    const key = foldDomain(address);
    if (!unique.has(key)) unique.set(key, address);
  }
  return [...unique.values()];
}
