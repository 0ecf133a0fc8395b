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
import { sevenBit } from "./seven_bit.ts";
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
  const bytes = await contentBytes(message.content, encoder);
  if ("kind" in bytes) return bytes;
  const parsed = parseEntityBytes(bytes);
  if (parsed === undefined) return refused("the content's header is broken");
  const entity = options.sevenBit ? sevenBit(parsed) : parsed;

  const names = new Set(header.fields.map(([name]) => name.toLowerCase()));
  const kept = entity.fields.filter(({ name }) => !names.has(name) && !isForeign(name));
  const mimeVersion = kept.some(({ name }) => name === "mime-version") ? [] : ["MIME-Version: 1.0"];
  const content = writeEntity([...kept.map(({ source }) => source), ...mimeVersion], entity.body);
  const mail = Buffer.concat([
    // After encoding, only addresses that need SMTPUTF8 are not ASCII.
    Buffer.from(header.fields.map(([, field]) => field).join(""), "utf8"),
    entityBytes(content),
  ]);
  return {
    kind: "composed",
    from,
    to,
    utf8: needsUtf8(from) || needsUtf8(to),
    eightBit: mail.some((octet) => octet > 0x7F),
    bytes: mail,
  };
}

async function contentBytes(
  content: Content,
  encoder: FieldEncoder,
): Promise<Uint8Array | NotComposed> {
  if (content.kind === "mime") return content.entity;
  const subject = encoder.encode("Subject", content.subject);
  if (subject === undefined) return refused("the subject cannot be written");
  for (const { contentId, mediaType } of content.inline) {
    if (!/^[A-Za-z0-9._+@-]{1,200}$/.test(contentId) || !MEDIA_TYPE.test(mediaType)) {
      return refused("an inline file's name or type is invalid");
    }
  }
  const { default: MailComposer } = await import("nodemailer/lib/mail-composer");
  const parts = await new MailComposer({
    text: content.text.toWellFormed(),
    html: content.html.toWellFormed(),
    attachments: content.inline.map(({ contentId, mediaType, bytes }) => ({
      cid: contentId,
      contentType: mediaType,
      contentDisposition: "inline",
      content: Buffer.from(bytes),
      filename: false as const,
    })),
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile().build();
  return Buffer.concat([Buffer.from(subject, "latin1"), parts]);
}

const MEDIA_TYPE = /^[a-z]{1,20}\/[A-Za-z0-9][A-Za-z0-9.+-]{0,80}$/;
