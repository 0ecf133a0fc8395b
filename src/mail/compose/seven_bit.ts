/**
 * Converts MIME entities to ASCII in short lines, which no mail server has a reason to change: a
 * change would break the signature.
 *
 * @module
 */

import {
  type Entity,
  type Field,
  fieldOf,
  MAX_DEPTH,
  parseEntity,
  writeEntity,
} from "../../mime/entity.ts";
import {
  encodeBase64,
  encodeQuotedPrintable,
  foldBase64,
  foldQuotedPrintable,
  parseTransferEncoding,
  type TransferEncoding,
} from "../../mime/transfer_encoding.ts";

/** An entity's header and body. */
export interface SevenBitEntity {
  /** In their order. */
  readonly fields: readonly Pick<Field, "name" | "source">[];
  /** A byte string whose lines end with LF. */
  readonly body: string;
}

/** Converts the parts that need it to quoted-printable or base64. */
export function sevenBit(entity: Entity): SevenBitEntity {
  return convert(entity, 0);
}

function convert(entity: Entity, depth: number): SevenBitEntity {
  const { fields, body, mediaType } = entity;
  const encoding = fieldOf(entity, TRANSFER_ENCODING)?.value ?? "";
  const transfer = parseTransferEncoding(encoding);
  if (depth < MAX_DEPTH && mediaType.startsWith("multipart/")) {
    return { fields: mark7bit(fields, transfer), body: convertParts(entity, depth) };
  }
  if (isPlain(body)) return { fields: mark7bit(fields, transfer), body };
  if (depth < MAX_DEPTH && mediaType === "message/rfc822") {
    const inner = parseEntity(body);
    if (inner.hasValidHeader) {
      return { fields: mark7bit(fields, transfer), body: write(convert(inner, depth + 1)) };
    }
  }
  if (transfer === "quoted-printable") return { fields, body: foldQuotedPrintable(body) };
  // A mail's last line has an end, a part's may have none.
  const end = body.endsWith("\n") ? "\n" : "";
  if (transfer === "base64") return { fields, body: foldBase64(body) + end };
  if (mediaType.startsWith("text/")) {
    return { fields: relabel(fields, "quoted-printable"), body: encodeQuotedPrintable(body) };
  }
  const encoded = encodeBase64(body.replaceAll("\n", "\r\n")) + end;
  return { fields: relabel(fields, "base64"), body: encoded };
}

function convertParts({ body, pieces }: Entity, depth: number): string {
  if (pieces.length === 0) return masked(body);
  return pieces.map((piece) => {
    if (piece.kind === "delimiter") return piece.text;
    if (piece.kind === "hidden") return masked(piece.text);
    return convertPart(piece.entity, depth + 1);
  }).join("");
}

function convertPart(entity: Entity, depth: number): string {
  if (!entity.hasValidHeader) return entity.source;
  const { fields, body } = convert(entity, depth);
  const isChanged = fields !== entity.fields || body !== entity.body;
  return isChanged ? write({ fields, body }) : entity.source;
}

function write({ fields, body }: SevenBitEntity): string {
  return writeEntity(fields.map(({ source }) => source), body);
}

// Text that no mail client shows.
function masked(text: string): string {
  return text.replace(/[\x80-\xFF]/g, "?");
}

// ASCII, in lines of at most 998 characters (RFC 5322, section 2.1.1).
function isPlain(body: string): boolean {
  return !/[\x80-\xFF]|[^\n]{999}/.test(body);
}

const TRANSFER_ENCODING = "content-transfer-encoding";

// A server may change a part that is labelled 8bit, even if it is ASCII.
function mark7bit(
  fields: Entity["fields"],
  transfer: TransferEncoding | undefined,
): SevenBitEntity["fields"] {
  return transfer === "8bit" || transfer === "binary" ? relabel(fields, "7bit") : fields;
}

function relabel(fields: Entity["fields"], transfer: TransferEncoding): SevenBitEntity["fields"] {
  const source = `Content-Transfer-Encoding: ${transfer}`;
  return [...fields.filter(({ name }) => name !== TRANSFER_ENCODING), {
    name: TRANSFER_ENCODING,
    source,
  }];
}
