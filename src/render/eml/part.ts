/**
 * Finds the placeholders in the parts of an `.eml` template.
 *
 * @module
 */

import { decodeCharset, isUtf8 } from "../../mime/charset.ts";
import { decodeHeader } from "../../mime/encoded_words.ts";
import { type Entity, type Field, fieldOf, type FileProblem, partsOf } from "../../mime/entity.ts";
import {
  decodeTransfer,
  parseTransferEncoding,
  type TransferEncoding,
} from "../../mime/transfer_encoding.ts";
import type { Piece } from "./placeholder.ts";
import { scanPlaceholders } from "./placeholder_scan.ts";

/** A part of a message, ready to be filled. */
export interface EmlPart {
  /** The fields that are kept. */
  readonly fields: readonly EmlField[];
  /** What follows them. */
  readonly body:
    /** As it is in the file. */
    | { readonly kind: "raw"; readonly bytes: string }
    /** Text with placeholders. */
    | {
      readonly kind: "text";
      readonly pieces: readonly Piece[];
      readonly html: boolean;
      readonly charset: string;
      readonly transfer: TransferEncoding;
    }
    /** Parts, and the boundary between them. */
    | { readonly kind: "parts"; readonly boundary: string; readonly parts: readonly EmlPart[] };
}

/** A header field of a part. */
export interface EmlField extends Field {
  /** The decoded value, where placeholders are replaced. */
  readonly pieces?: readonly Piece[] | undefined;
}

/** Collects what is wrong with a template. */
export interface Diagnostics {
  /** With these, the template cannot be used. */
  readonly problems: FileProblem[];
  /** With these, it can. */
  readonly warnings: FileProblem[];
}

/** Reads a message (`top`) or one of its parts. */
export function readPart(entity: Entity, diagnostics: Diagnostics, top = false): EmlPart {
  const { problems, warnings } = diagnostics;
  const fields = readFields(entity, top, warnings);
  if (entity.pieces.length > 0) {
    const parts = partsOf(entity).map((part) => readPart(part, diagnostics));
    return {
      fields,
      body: { kind: "parts", boundary: entity.parameters.get("boundary") ?? "", parts },
    };
  }
  const disposition = fieldOf(entity, "content-disposition")?.value ?? "";
  const raw = { fields, body: { kind: "raw", bytes: entity.body } } as const;
  if (!entity.mediaType.startsWith("text/") || /^attachment\b/i.test(disposition)) return raw;

  const encoding = fieldOf(entity, "content-transfer-encoding");
  const transfer = parseTransferEncoding(encoding?.value ?? "");
  const decoded = transfer && decodeTransfer(entity.body, transfer);
  if (transfer === undefined || decoded === undefined) {
    const message = transfer
      ? "the part below is not base64"
      : "write 7bit, 8bit, quoted-printable or base64";
    problems.push({ line: encoding?.line ?? entity.bodyLine, message });
    return raw;
  }
  const text = decoded.replace(/\r\n?/g, "\n");
  const charset = charsetOf(entity, text);
  const unicode = decodeCharset(text, charset);
  if (unicode === undefined) {
    const line = fieldOf(entity, "content-type")?.line ?? entity.bodyLine;
    problems.push({ line, message: "the charset is unknown: write charset=UTF-8" });
    return raw;
  }
  const html = /html|xml/.test(entity.mediaType);
  const { pieces, warnings: found } = scanPlaceholders(unicode, html);
  for (const { message, index } of found) {
    // Lines of decoded text are not the file's.
    const own = transfer === "base64" || transfer === "quoted-printable";
    const within = own ? 0 : unicode.slice(0, index).split("\n").length - 1;
    warnings.push({ line: entity.bodyLine + within, message });
  }
  return { fields, body: { kind: "text", pieces, html, charset, transfer } };
}

/** The character set of a text, by the name that {@linkcode decodeCharset} knows. */
function charsetOf(entity: Entity, text: string): string {
  const declared = entity.parameters.get("charset")?.toLowerCase() ?? "us-ascii";
  if (declared === "latin1") return "iso-8859-1";
  if (!/^(?:us-)?ascii$/.test(declared)) return declared;
  // Text without a charset, or not in the declared one, is UTF-8 as a rule.
  return /[\x80-\xFF]/.test(text) && isUtf8(text) ? "utf-8" : "us-ascii";
}

/** The fields that are kept. The other fields of a message are set when it is sent. */
function readFields(entity: Entity, top: boolean, warnings: FileProblem[]): EmlField[] {
  const fields: EmlField[] = [];
  for (const field of entity.fields) {
    const { name, value, line } = field;
    const describes = name.startsWith("content-") || (top && name === "subject");
    if (!describes || fields.some((other) => other.name === name)) continue;
    if (name !== "subject" && name !== "content-description") {
      if (scanPlaceholders(value, false).pieces.some(({ kind }) => kind === "placeholder")) {
        warnings.push({ line, message: "placeholders are not replaced in this field" });
      }
      fields.push(field);
      continue;
    }
    const { pieces, warnings: found } = scanPlaceholders(decodeHeader(value), false);
    for (const { message } of found) warnings.push({ line, message });
    fields.push({ ...field, pieces });
  }
  return fields;
}
