/**
 * Encodes and verifies the token by which a bounce refers to a mail. It is signed, holds the mail's row
 * ID, and is bound to its Message-ID: a database that was restored uses the same IDs again.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";
import { type EmailAddress, parseEmailAddress } from "../../domain/email_address.ts";
import { derivedKey, type MasterSecret } from "../derived_key.ts";

/** What a token identifies. */
export interface BouncedMail {
  /** The mail's row ID. */
  readonly mail: number;
  /** With angle brackets. */
  readonly messageId: string;
  /** Whether it went to `notify.redirectTo`, so that a bounce says nothing about its recipient. */
  readonly trial?: boolean | undefined;
}

/** A token that was read, and is not verified yet. */
export interface ReadBounceToken extends Omit<BouncedMail, "messageId"> {
  /** Whether the token was made for the mail with this Message-ID. */
  isOf(messageId: string): boolean;
}

/** Encodes and verifies tokens. */
export interface BounceTokens {
  /** Encodes a token in lower-case base32, as servers change the case of local parts. */
  write(bounced: BouncedMail): string;
  /** Decodes a token in any case; `undefined` if it is none. */
  read(text: string): ReadBounceToken | undefined;
}

// The low half of the first byte. The high half is 1 for a trial.
const VERSION = 1;
const ID_BYTES = 6;
const HEAD_BYTES = 1 + ID_BYTES;
// Together 32 characters, without a rest.
const SIGNATURE_BYTES = 13;
const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"; // RFC 4648, section 6
const TOKEN = /^[a-z2-7]{32}$/;

/** The tokens of a secret. */
export function bounceTokens(secret: MasterSecret): BounceTokens {
  const key = derivedKey(secret, "bounce-signature");
  function signature(head: Uint8Array, messageId: string): Buffer {
    const signed = createHmac("sha256", key).update(head).update(messageId);
    return signed.digest().subarray(0, SIGNATURE_BYTES);
  }
  return {
    write({ mail, messageId, trial = false }) {
      const head = Buffer.alloc(HEAD_BYTES);
      head.writeUInt8((trial ? 1 : 0) << 4 | VERSION);
      head.writeUIntBE(mail, 1, ID_BYTES);
      return toBase32(Buffer.concat([head, signature(head, messageId)]));
    },
    read(text) {
      const token = text.toLowerCase();
      if (!TOKEN.test(token)) return undefined;
      const bytes = fromBase32(token);
      const head = bytes.subarray(0, HEAD_BYTES);
      const flags = head.readUInt8() >> 4;
      if ((head.readUInt8() & 0x0F) !== VERSION || flags > 1) return undefined;
      return {
        mail: head.readUIntBE(1, ID_BYTES),
        trial: flags === 1,
        isOf: (messageId) =>
          timingSafeEqual(bytes.subarray(HEAD_BYTES), signature(head, messageId)),
      };
    },
  };
}

// With recipient_delimiter = + in Postfix, one alias takes all of them.
const PREFIX = "bounce+";

/** The envelope sender that bounces of the token's mail return to. */
export function bounceAddress(token: string, domain: string): EmailAddress {
  const address = parseEmailAddress(`${PREFIX}${token}@${domain}`);
  if (address === undefined) throw new TypeError("the domain for bounces is not one");
  return address;
}

/** The token in such an address at the domain, in any case; `undefined` for other addresses. */
export function bounceTokenIn(address: string, domain: string): string | undefined {
  const [, token, host] = /^bounce\+([a-z2-7]{32})@([^@]+)$/.exec(address.toLowerCase()) ?? [];
  return host === domain.toLowerCase() ? token : undefined;
}

function toBase32(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8 | byte) & 0xFFFF;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET.charAt(value >> bits & 31);
    }
  }
  return text;
}

function fromBase32(text: string): Buffer {
  const bytes: number[] = [];
  let bits = 0;
  let value = 0;
  for (const character of text) {
    value = (value << 5 | ALPHABET.indexOf(character)) & 0xFFFF;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push(value >> bits & 0xFF);
    }
  }
  return Buffer.from(bytes);
}
