/**
 * Composes the bytes of a mail from a {@linkcode Message} (RFC 5322).
 *
 * The fields that every mail has are written here and nowhere else; fields of the same names in the
 * content are dropped.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { EmailAddress } from "../../domain/email_address.ts";
import type { Content, Message } from "../../domain/message.ts";
import { entityBytes, parseEntityBytes, writeEntity } from "../../mime/entity.ts";
import { envelopeAddress, needsUtf8 } from "./envelope.ts";
import { type FieldEncoder, openFieldEncoder } from "./header_field.ts";
import { writeParts } from "./parts.ts";
import { sevenBit, type SevenBitEntity } from "./seven_bit.ts";
import {
  encodedFields,
  isForeign,
  type NotComposed,
  refused,
  standardFields,
} from "./standard_headers.ts";

/** A mail that is ready to be sent. */
export interface ComposedMail {
  readonly kind: "composed";
  /** The envelope's sender, its domain in ASCII. */
  readonly from: EmailAddress;
  /** The envelope's only recipient, its domain in ASCII. */
  readonly to: EmailAddress;
  /** Whether the envelope needs a server that offers SMTPUTF8 (RFC 6531). */
  readonly utf8: boolean;
  /** Whether there are non-ASCII bytes (RFC 6152). */
  readonly eightBit: boolean;
  /** Header and body, in lines that end with CRLF. */
  readonly bytes: Uint8Array;
}

/** How a mail is composed. */
export interface ComposeOptions {
  /** Whether to convert the body to ASCII in short lines, which no server changes. */
  readonly sevenBit?: boolean | undefined;
}

/** Composes a mail. Nothing in the message gets into the envelope or the header unchecked. */
export async function composeMail(
  message: Message,
  options: ComposeOptions = {},
): Promise<ComposedMail | NotComposed> {
  const { from: author, returnPath } = message;
  if (envelopeAddress(author.address) === undefined) {
    return refused("the sender's address is invalid");
  }
  const from = envelopeAddress(returnPath?.address ?? author.address);
  const to = envelopeAddress(message.to.address);
  if (from === undefined) return refused("the envelope sender is invalid");
  if (to === undefined) return refused("the recipient's address is invalid");

  const encoder = await openFieldEncoder();
  const own = standardFields(message);
  if (own.kind === "refused") return own;
  const header = encodedFields(own, encoder);
  if (header.kind === "refused") return header;
  const entity = entityOf(message.content, encoder, options);
  if ("kind" in entity) return entity;

  const names = new Set(header.fields.map(([name]) => name.toLowerCase()));
  const kept = entity.fields.filter(({ name }) => !names.has(name) && !isForeign(name));
  const mimeVersion = kept.some(({ name }) => name === "mime-version") ? [] : ["MIME-Version: 1.0"];
  const content = writeEntity([...kept.map(({ source }) => source), ...mimeVersion], entity.body);
  const ownFields = header.fields.map(([, field]) => field).join("");
  // After encoding, only addresses that need SMTPUTF8 are not ASCII.
  const ownBytes = Buffer.from(ownFields, "utf8");
  return {
    kind: "composed",
    from,
    to,
    utf8: needsUtf8(from) || needsUtf8(to),
    eightBit: ownBytes.length > ownFields.length || /[\x80-\xFF]/.test(content),
    bytes: Buffer.concat([ownBytes, entityBytes(content)]),
  };
}

function entityOf(
  content: Content,
  encoder: FieldEncoder,
  options: ComposeOptions,
): SevenBitEntity | NotComposed {
  if (content.kind === "mime") {
    const parsed = parseEntityBytes(content.entity);
    if (parsed === undefined) return refused("the content's header is broken");
    return options.sevenBit ? sevenBit(parsed) : parsed;
  }
  const subject = encoder.encode("Subject", content.subject);
  if (subject === undefined) return refused("the subject cannot be written");
  const parts = writeParts(content);
  if ("kind" in parts) return parts;
  return {
    fields: [
      { name: "subject", source: subject.trimEnd().replaceAll("\r\n", "\n") },
      ...parts.fields.map((source) => ({ name: "content-type", source })),
    ],
    body: parts.body,
  };
}
