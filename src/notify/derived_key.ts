/**
 * One key for each purpose, made of one secret.
 *
 * @module
 */

import { createHmac } from "node:crypto";

/** What keys are derived from: the outbox's own secret, or the administrator's. */
export type MasterSecret = Uint8Array | string;

/**
 * The key for a purpose, 32 bytes (HMAC-SHA-256 of its name), so that nothing can be learnt from one
 * about another.
 */
export function derivedKey(secret: MasterSecret, purpose: string): Uint8Array {
  return createHmac("sha256", secret).update(purpose).digest();
}
