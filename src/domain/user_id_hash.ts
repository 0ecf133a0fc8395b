/**
 * Hashes user IDs, to look them up in the bytes of a transaction.
 *
 * @module
 */

/** The hash of a user ID (FNV-1a, 32 bits, of its ASCII characters). Others may have the same. */
export function hashUserId(user: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < user.length; at++) {
    hash = Math.imul(hash ^ user.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
}
