/**
 * Hashes the address, the room and the inviter in a stop link, with a key for each.
 *
 * @module
 */

import { createHmac } from "node:crypto";
import type { HashedKind, StopHash } from "../outbox/suppressions.ts";
import { derivedKey, type MasterSecret } from "./derived_key.ts";

/** The length of a hash. Without the key, nobody can construct two inputs with the same hash. */
export const HASH_BYTES = 12;

/** The hash function of a secret. Each kind has its own key: equal values of two kinds differ. */
export function stopHash(secret: MasterSecret): StopHash {
  const keys: Readonly<Record<HashedKind, Uint8Array>> = {
    address: derivedKey(secret, "stop-address"),
    room: derivedKey(secret, "stop-room"),
    inviter: derivedKey(secret, "stop-inviter"),
  };
  return (kind, value) =>
    createHmac("sha256", keys[kind]).update(value).digest().subarray(0, HASH_BYTES);
}
