/**
 * Encodes and verifies the token in a stop link. It is signed, and holds a version, how many of the
 * mail's inviters are from outside, the mail's row ID, hashes of the address, the room and the
 * inviter, and the language of the mail.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";
import type { MailReference } from "../outbox/suppressions.ts";
import { derivedKey, type MasterSecret } from "./derived_key.ts";
import { HASH_BYTES } from "./stop_hash.ts";

/** What a token identifies. */
export interface StopToken extends MailReference {
  /** The language of the mail: a tag of BCP 47. */
  readonly language: string;
  /** How many of the mail's inviters are from other servers; absent for none. */
  readonly outside?: "some" | "all" | undefined;
}

/** Encodes and verifies tokens. */
export interface StopTokens {
  /** Encodes a token in base64url, which needs no escaping in a URL (RFC 4648, section 5). */
  write(token: StopToken): string;
  /** Verifies and decodes a token; `undefined` when it was not signed with this secret. */
  read(text: string): StopToken | undefined;
}

// The low half of the first byte. The high half is the index of `outside` in this list.
const VERSION = 1;
const OUTSIDE = [undefined, "some", "all"] as const;
const ID_BYTES = 6;
const SIGNATURE_BYTES = 16;
const MAX_LANGUAGE_BYTES = 16;
const HEAD_BYTES = 1 + ID_BYTES + 3 * HASH_BYTES;
const MAX_BYTES = HEAD_BYTES + MAX_LANGUAGE_BYTES + SIGNATURE_BYTES;
const NONE = Buffer.alloc(HASH_BYTES);

/** The tokens of a secret. */
export function stopTokens(secret: MasterSecret): StopTokens {
  const key = derivedKey(secret, "stop-signature");
  function signature(body: Uint8Array): Buffer {
    return createHmac("sha256", key).update(body).digest().subarray(0, SIGNATURE_BYTES);
  }
  return {
    write({ mail, address, room, inviter, language, outside }) {
      const head = Buffer.alloc(1 + ID_BYTES);
      head.writeUInt8(OUTSIDE.indexOf(outside) << 4 | VERSION);
      head.writeUIntBE(mail, 1, ID_BYTES);
      const tag = /^[A-Za-z0-9-]{1,16}$/.test(language) ? language : "";
      const body = Buffer.concat([
        head,
        address,
        room ?? NONE,
        inviter ?? NONE,
        Buffer.from(tag, "latin1"),
      ]);
      return Buffer.concat([body, signature(body)]).toString("base64url");
    },
    read(text) {
      // A token has exactly one encoding. The signature is computed whatever the token, so that all
      // tokens take the same time.
      const bytes = Buffer.from(text.slice(0, 2 * MAX_BYTES), "base64url");
      const body = bytes.subarray(0, -SIGNATURE_BYTES);
      const given = bytes.subarray(body.length);
      const expected = signature(body);
      const known = given.length === SIGNATURE_BYTES && timingSafeEqual(given, expected);
      const whole = bytes.toString("base64url") === text && body.length >= HEAD_BYTES;
      return known && whole && (body.readUInt8() & 0x0F) === VERSION ? tokenIn(body) : undefined;
    },
  };
}

function tokenIn(body: Buffer): StopToken {
  const [address = NONE, room = NONE, inviter = NONE] = [0, 1, 2].map((index) => {
    const start = 1 + ID_BYTES + index * HASH_BYTES;
    return body.subarray(start, start + HASH_BYTES);
  });
  const outside = OUTSIDE[body.readUInt8() >> 4];
  return {
    mail: body.readUIntBE(1, ID_BYTES),
    address,
    room: room.equals(NONE) ? undefined : room,
    inviter: inviter.equals(NONE) ? undefined : inviter,
    language: body.subarray(HEAD_BYTES).toString("latin1"),
    ...outside === undefined ? {} : { outside },
  };
}
