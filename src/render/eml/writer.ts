/**
 * Writes an `.eml` template with its placeholders replaced.
 *
 * @module
 */

import { declareUtf8, encodeUtf8 } from "../../mime/charset.ts";
import { encodeHeader } from "../../mime/encoded_words.ts";
import { writeEntity } from "../../mime/entity.ts";
import {
  encodeBase64,
  encodeQuotedPrintable,
  type TransferEncoding,
} from "../../mime/transfer_encoding.ts";
import type { EmlField, EmlPart } from "./part.ts";
import { fillHeader, fillPieces, type Values } from "./placeholder.ts";

/** The message as a byte string whose lines end with LF. */
export function writeEml(root: EmlPart, values: Values): string {
  return writePart(root, values, ["MIME-Version: 1.0"]);
}

function writePart(part: EmlPart, values: Values, more: readonly string[] = []): string {
  const { body } = part;
  const fields = part.fields.map((field) => ({
    name: field.name,
    source: writeField(field, values),
  }));
  if (body.kind === "text") {
    const text = fillPieces(body.pieces, values, body.html);
    const { charset, transfer, encoded } = encodeText(text, body);
    const type = fields.find(({ name }) => name === "content-type")?.source;
    const kept = fields.filter(({ name }) => !REWRITTEN.includes(name));
    return writeEntity([
      ...kept.map(({ source }) => source),
      ...more,
      withCharset(type ?? "Content-Type: text/plain", charset),
      `Content-Transfer-Encoding: ${transfer}`,
    ], encoded);
  }
  const header = [...fields.map(({ source }) => source), ...more];
  if (body.kind === "raw") return writeEntity(header, body.bytes);
  const parts = body.parts.map((inner) => `--${body.boundary}\n${writePart(inner, values)}\n`);
  return writeEntity(header, `${parts.join("")}--${body.boundary}--\n`);
}

const REWRITTEN = ["content-type", "content-transfer-encoding"];

function writeField(field: EmlField, values: Values): string {
  if (!field.pieces) return field.source;
  const name = field.source.slice(0, field.source.indexOf(":"));
  return `${name}: ${encodeHeader(fillHeader(field.pieces, values))}`;
}

/** Encodes the text: in the part's own character set if that has all characters, else in UTF-8. */
function encodeText(text: string, part: EmlPart["body"] & { readonly kind: "text" }) {
  const fits = FITS[part.charset]?.test(text) ?? false;
  const charset = fits ? part.charset : "UTF-8";
  const bytes = fits ? text : encodeUtf8(part.html ? declareUtf8(text) : text);
  let transfer: TransferEncoding = part.transfer;
  if (transfer === "base64") {
    return { charset, transfer, encoded: encodeBase64(bytes.replaceAll("\n", "\r\n")) };
  }
  // A value at the start of a line could be a boundary, and any value can make a line too long.
  const plain = /^[\t\n\x20-\x7E]*$/.test(bytes) && !/^--/m.test(bytes) && !/.{900}/.test(bytes);
  if (!plain) transfer = "quoted-printable";
  const encoded = transfer === "quoted-printable" ? encodeQuotedPrintable(bytes) : bytes;
  return { charset, transfer, encoded };
}

// The texts that fit character sets whose bytes are the first characters of Unicode.
const FITS: Readonly<Record<string, RegExp>> = {
  "us-ascii": /^[\t\n\x20-\x7E]*$/,
  "iso-8859-1": /^[\t\n\x20-\x7E\xA0-\xFF]*$/,
};

function withCharset(field: string, charset: string): string {
  const parameter = /(;\s*charset\s*=\s*)(?:"[^"]*"|[^\s;]+)/i;
  if (!parameter.test(field)) return `${field}; charset=${charset}`;
  return field.replace(parameter, (_, start) => `${start}${charset}`);
}
