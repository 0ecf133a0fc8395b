/**
 * Keyed hashes of whom and what a link to stop mails is about.
 *
 * @module
 */

import { createHmac } from "node:crypto";
import type { HashedKind, StopHash } from "../outbox/suppressions.ts";
import { derivedKey, type MasterSecret } from "./derived_key.ts";

/** How long a hash is, in bytes: nobody can choose what is hashed so that two are the same. */
export const HASH_LENGTH = 12;

/** The hash that belongs to a secret, with a key for each kind, so that the kinds have nothing in common. */
export function stopHash(secret: MasterSecret): StopHash {
  const keys: Readonly<Record<HashedKind, Uint8Array>> = {
    address: derivedKey(secret, "stop-address"),
    room: derivedKey(secret, "stop-room"),
    inviter: derivedKey(secret, "stop-inviter"),
  };
  return (kind, value) =>
    createHmac("sha256", keys[kind]).update(value).digest().subarray(0, HASH_LENGTH);
}
