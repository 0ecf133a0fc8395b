/**
 * Reads reports on undelivered emails: delivery status notifications (RFC 3464, and RFC 6533 for
 * addresses beyond ASCII) and those of qmail, which have no codes.
 *
 * Anybody can send such a message. It is bounded here, and whether it counts is decided elsewhere.
 *
 * @module
 */

import type { BounceReport, ReportedRecipient } from "../../domain/bounce_report.ts";
import { fromBytes } from "../../mime/bytes.ts";
import { decodeCharset, isUtf8 } from "../../mime/charset.ts";
import { type Entity, fieldOf, parseEntity, partsOf } from "../../mime/entity.ts";
import { decodeTransfer, parseTransferEncoding } from "../../mime/transfer_encoding.ts";
import { plainReason } from "../reply.ts";

/** What a message to an address for bounces says. */
export interface ReadMessage {
  /** The addresses that it was sent to as its header says, the most reliable first. */
  readonly recipients: readonly string[];
  readonly report: BounceReport;
}

/** How much of a message is read, in bytes: the report is in front of the email that came back. */
export const MAX_MESSAGE_BYTES: number = 512 * 1024;

// Beyond that, reading would take long.
const MAX_LINES = 10_000;
const MAX_REPORTED = 50;
const MAX_ADDRESSES = 50;

/** Reads a message; whatever is behind its first half megabyte is ignored. */
export function readMessage(bytes: Uint8Array): ReadMessage {
  const source = fromBytes(bytes.subarray(0, MAX_MESSAGE_BYTES)).replace(/\r\n?/g, "\n");
  const message = parseEntity(firstLines(source).replace(/^From [^\n]*\n/, ""));
  return { recipients: recipientsOf(message), report: reportIn(message) };
}

function firstLines(source: string): string {
  let end = -1;
  for (let line = 0; line < MAX_LINES; line++) {
    end = source.indexOf("\n", end + 1);
    if (end < 0) return source;
  }
  return source.slice(0, end + 1);
}

// The envelope's recipient, as mail servers note it at delivery; the author writes the last ones.
const RECIPIENT_FIELDS = [
  ...["x-original-to", "delivered-to", "envelope-to", "x-envelope-to", "to"],
];

function recipientsOf({ fields }: Entity): readonly string[] {
  const values = RECIPIENT_FIELDS.flatMap((name) =>
    fields.filter((field) => field.name === name).map(({ value }) => value)
  );
  return values.flatMap((value) =>
    value.slice(0, 1000).match(/[^\s<>,;:"()]+@[^\s<>,;:"()]+/g) ?? []
  )
    .slice(0, MAX_ADDRESSES);
}

function reportIn(message: Entity): BounceReport {
  const status = statusPart(message);
  if (status !== undefined) {
    return { kind: "report", recipients: blocksOf(status).flatMap(recipientIn) };
  }
  const qmail = qmailReport(message);
  if (qmail !== undefined) return { kind: "report", recipients: qmail };
  // Reports have this field as well.
  const automatic = fieldOf(message, "auto-submitted")?.value ?? "";
  return /^auto-replied\b/i.test(automatic)
    ? { kind: "other", what: "an automatic reply" }
    : { kind: "other", what: "a message without a delivery report" };
}

const STATUS_TYPES = ["message/delivery-status", "message/global-delivery-status"];

// Gateways put a report into a multipart of their own. What is inside of the email that came back, and
// of one that was forwarded, is not looked at.
function statusPart(entity: Entity): Entity | undefined {
  for (const part of partsOf(entity)) {
    const found = STATUS_TYPES.includes(part.mediaType) ? part : statusPart(part);
    if (found !== undefined) return found;
  }
  return undefined;
}

// The fields of the message, then those of each recipient (RFC 3464, section 2.1).
function blocksOf(part: Entity): readonly ReadonlyMap<string, string>[] {
  const text = bodyOf(part).replace(/\r\n?/g, "\n");
  return text.split(/\n(?:[ \t]*\n)+/).slice(0, MAX_REPORTED + 1).map((block) => {
    const fields = new Map<string, string>();
    for (const line of block.split(/\n(?![ \t])/)) {
      const colon = line.indexOf(":");
      const name = line.slice(0, Math.max(0, colon)).trim().toLowerCase();
      const value = line.slice(colon + 1, colon + 4000).replace(/\s+/g, " ").trim();
      if (name !== "" && !fields.has(name)) fields.set(name, value);
    }
    return fields;
  });
}

function recipientIn(fields: ReadonlyMap<string, string>): readonly ReportedRecipient[] {
  const action = fields.get("action");
  if (action === undefined) return [];
  const status = /^[245]\.[0-9]{1,3}\.[0-9]{1,3}(?![0-9.])/.exec(fields.get("status") ?? "")?.[0];
  const diagnostic = (fields.get("diagnostic-code") ?? "").replace(/^[A-Za-z0-9.-]+ *; */, "");
  return [{
    failed: /^failed\b/i.test(action),
    status,
    text: shown(diagnostic),
  }];
}

// https://cr.yp.to/proto/qsbmf.txt: a first paragraph that begins so, then one for each recipient.
function qmailReport(message: Entity): readonly ReportedRecipient[] | undefined {
  if (!message.mediaType.startsWith("text/plain")) return undefined;
  const text = bodyOf(message).slice(0, 20_000).replace(/\r\n?/g, "\n");
  if (!text.startsWith("Hi. This is the ")) return undefined;
  const [, ...paragraphs] = text.split(/\n[ \t]*\n/).slice(0, MAX_REPORTED);
  const recipients = paragraphs.flatMap((paragraph) => {
    const [, reason] = /^<[^\n]*>:\n([^]*)$/.exec(paragraph.trim()) ?? [];
    return reason === undefined ? [] : [{ failed: true, text: shown(reason) }];
  });
  return recipients.length === 0 ? undefined : recipients;
}

function bodyOf(part: Entity): string {
  const name = fieldOf(part, "content-transfer-encoding")?.value ?? "";
  const encoding = parseTransferEncoding(name.replace(/[;\s].*$/s, ""));
  return (encoding && decodeTransfer(part.body, encoding)) ?? part.body;
}

function shown(bytes: string): string {
  return plainReason((isUtf8(bytes) ? decodeCharset(bytes, "utf-8") : undefined) ?? bytes);
}
