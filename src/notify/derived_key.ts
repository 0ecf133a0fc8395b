/**
 * Derives one key for each purpose from one secret.
 *
 * @module
 */

import { createHmac } from "node:crypto";

/** The secret that keys are derived from: the outbox's own, or the administrator's. */
export type MasterSecret = Uint8Array | string;

/** The key for a purpose, 32 bytes: HMAC-SHA-256 of its name, so that keys reveal nothing of each other. */
export function derivedKey(secret: MasterSecret, purpose: string): Uint8Array {
  return createHmac("sha256", secret).update(purpose).digest();
}
