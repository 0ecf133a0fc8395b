/**
 * The header fields of every mail, for all transports.
 *
 * @module
 */

import type { Message } from "../../domain/message.ts";
import { asciiDomain } from "./envelope.ts";
import type { FieldEncoder, FieldValue } from "./header_field.ts";

/** A message that cannot be sent as a mail. */
export interface NotComposed {
  readonly kind: "refused";
  /** What is wrong, without addresses and content. */
  readonly reason: string;
}

/** Refuses a message. */
export function refused(reason: string): NotComposed {
  return { kind: "refused", reason };
}

/** Header fields in their order. */
export interface Fields<Value> {
  readonly kind: "fields";
  readonly fields: readonly (readonly [name: string, value: Value])[];
}

// Against automatic replies: RFC 3834, section 5, and Exchange's own field.
const STANDING: Readonly<Record<string, string>> = {
  "Auto-Submitted": "auto-generated",
  "X-Auto-Response-Suppress": "All",
};

/** The fields of a message, without those that describe its content; not yet encoded. */
export function standardFields(message: Message): Fields<FieldValue> | NotComposed {
  const messageId = asciiMessageId(message.messageId);
  if (messageId === undefined) return refused("the Message-ID is invalid");
  const date = new Date(message.date);
  if (!(message.date >= 0 && date.getUTCFullYear() <= 9999)) return refused("the date is invalid");

  const own: Record<string, FieldValue> = {
    "From": message.from,
    "To": message.to,
    "Date": date.toUTCString().replace("GMT", "+0000"),
    "Message-ID": messageId,
    ...STANDING,
  };
  const names = new Set(Object.keys(own).map((name) => name.toLowerCase()));
  for (const name of Object.keys(message.headers)) {
    const lower = name.toLowerCase();
    if (names.has(lower) || (isForeign(lower) && lower !== "reply-to") || describesContent(lower)) {
      return refused(`the header field ${labelOf(name)} must not be set`);
    }
    names.add(lower);
  }
  return { kind: "fields", fields: [...Object.entries(own), ...Object.entries(message.headers)] };
}

/** The fields as they are sent: with name and colon, folded, closed with CRLF. */
export function encodedFields(
  { fields }: Fields<FieldValue>,
  encoder: FieldEncoder,
): Fields<string> | NotComposed {
  const encoded: [name: string, field: string][] = [];
  for (const [name, value] of fields) {
    const field = encoder.encode(name, value);
    if (field === undefined) return refused(`the header field ${labelOf(name)} cannot be written`);
    encoded.push([name, field]);
  }
  return { kind: "fields", fields: encoded };
}

/** Whether messages and templates must not have a field of this name, which is in lower case. */
export function isForeign(name: string): boolean {
  return /^(?:resent-.*|received|dkim-.*|arc-.*|authentication-results)$/.test(name) ||
    ["cc", "bcc", "sender", "return-path", "reply-to"].includes(name);
}

// A field's name for messages.
function labelOf(name: string): string {
  return /^[A-Za-z0-9-]{1,76}$/.test(name) ? name : "with an invalid name";
}

function asciiMessageId(value: string): string | undefined {
  const match = /^<([\x21\x23-\x27\x2A-\x39\x3D\x3F\x41-\x5A\x5E-\x7E]{1,200})@([^\s<>@]{1,255})>$/
    .exec(value);
  const domain = asciiDomain(match?.[2] ?? "");
  if (!match || !domain || !/^[A-Za-z0-9.-]+$/.test(domain)) return undefined;
  return `<${match[1]}@${domain}>`;
}

function describesContent(name: string): boolean {
  return name === "subject" || name === "mime-version" || /^content-(?!language$)/.test(name);
}
