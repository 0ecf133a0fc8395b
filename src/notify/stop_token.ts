/**
 * The token in the link that stops mails: signed, without an address, and nothing to read in it.
 *
 * It holds a version, the mail's row, hashes of the address, the room and the inviter, and the
 * language of the mail.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";
import type { MailReference } from "../outbox/suppressions.ts";
import { derivedKey, type MasterSecret } from "./derived_key.ts";
import { HASH_LENGTH } from "./stop_hash.ts";

/** What a token says. */
export interface StopToken extends MailReference {
  /** The language of the mail: a tag of BCP 47. */
  readonly language: string;
}

/** Writes and reads tokens. */
export interface StopTokens {
  /** The token, in letters that a URL takes as they are (RFC 4648, section 5). */
  write(token: StopToken): string;
  /** What a token says; `undefined` when it was not signed with this secret, or is none at all. */
  read(text: string): StopToken | undefined;
}

const VERSION = 1;
const ID_LENGTH = 6;
const SIGNATURE_LENGTH = 16;
const LONGEST_LANGUAGE = 16;
const HEAD_LENGTH = 1 + ID_LENGTH + 3 * HASH_LENGTH;
const LONGEST = HEAD_LENGTH + LONGEST_LANGUAGE + SIGNATURE_LENGTH;
const NONE = Buffer.alloc(HASH_LENGTH);

/** The tokens that belong to a secret. */
export function stopTokens(secret: MasterSecret): StopTokens {
  const key = derivedKey(secret, "stop-signature");
  function signature(body: Uint8Array): Buffer {
    return createHmac("sha256", key).update(body).digest().subarray(0, SIGNATURE_LENGTH);
  }
  return {
    write({ mail, address, room, inviter, language }) {
      const head = Buffer.alloc(1 + ID_LENGTH);
      head.writeUInt8(VERSION);
      head.writeUIntBE(mail, 1, ID_LENGTH);
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
      // One token has one spelling. A wrong one takes the same way as a right one, up to its end.
      const bytes = Buffer.from(text.slice(0, 2 * LONGEST), "base64url");
      const body = bytes.subarray(0, -SIGNATURE_LENGTH);
      const given = bytes.subarray(body.length);
      const expected = signature(body);
      const known = given.length === SIGNATURE_LENGTH && timingSafeEqual(given, expected);
      const whole = bytes.toString("base64url") === text && body.length >= HEAD_LENGTH;
      return known && whole && body[0] === VERSION ? tokenIn(body) : undefined;
    },
  };
}

function tokenIn(body: Buffer): StopToken {
  const [address = NONE, room = NONE, inviter = NONE] = [0, 1, 2].map((index) => {
    const start = 1 + ID_LENGTH + index * HASH_LENGTH;
    return body.subarray(start, start + HASH_LENGTH);
  });
  return {
    mail: body.readUIntBE(1, ID_LENGTH),
    address,
    ...(room.equals(NONE) ? {} : { room }),
    ...(inviter.equals(NONE) ? {} : { inviter }),
    language: body.subarray(HEAD_LENGTH).toString("latin1"),
  };
}
