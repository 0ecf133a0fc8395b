/**
 * Makes Message-IDs.
 *
 * @module
 */

import type { RandomBytes } from "../system/random.ts";

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
