/**
 * The header fields that every mail of ours has, whoever writes them down.
 *
 * @module
 */

import type { Message } from "../../domain/message.ts";
import { asciiDomain } from "./envelope.ts";
import type { FieldEncoder, FieldValue } from "./header_field.ts";

/** A message of which no mail can be made. */
export interface NotComposed {
  /** Tells it from a mail. */
  readonly kind: "refused";
  /** What is wrong, without addresses and content. */
  readonly reason: string;
}

/** The refusal for a reason. */
export function refused(reason: string): NotComposed {
  return { kind: "refused", reason };
}

/** Fields by name, in their order. */
export interface Fields<Value> {
  /** Tells them from a refusal. */
  readonly kind: "fields";
  /** The name of each, and what stands in it. */
  readonly fields: readonly (readonly [name: string, value: Value])[];
}

// RFC 3834, section 5, and what Exchange looks at: nobody's vacation notice answers our mails.
const STANDING: Readonly<Record<string, string>> = {
  "Auto-Submitted": "auto-generated",
  "X-Auto-Response-Suppress": "All",
};

/**
 * The fields of a message that say who sends it to whom, when, and how to treat it; not yet encoded.
 */
export function ownFields(message: Message): Fields<FieldValue> | NotComposed {
  const messageId = asciiMessageId(message.messageId);
  if (messageId === undefined) return refused("the Message-ID is none");
  const date = new Date(message.date);
  if (!(message.date >= 0 && date.getUTCFullYear() <= 9999)) return refused("the date is none");

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
      return refused(`the header field ${labelOf(name)} is not to be set`);
    }
    names.add(lower);
  }
  return { kind: "fields", fields: [...Object.entries(own), ...Object.entries(message.headers)] };
}

/** The fields as they stand in a header: name and colon, folded lines, CRLF. */
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

/** Whether a field, by its name in lower case, is no business of a message or a template. */
export function isForeign(name: string): boolean {
  return /^(?:resent-.*|received|dkim-.*|arc-.*|authentication-results)$/.test(name) ||
    ["cc", "bcc", "sender", "return-path", "reply-to"].includes(name);
}

// A field's name as it may be told.
function labelOf(name: string): string {
  return /^[A-Za-z0-9-]{1,76}$/.test(name) ? name : "with an odd name";
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
