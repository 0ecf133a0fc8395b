/**
 * Writes the parts of a mail as a MIME entity (RFC 2046): text and HTML as alternatives, and files
 * beside the HTML that shows them.
 *
 * @module
 */

import type { Content, InlineFile } from "../../domain/message.ts";
import { fromBytes } from "../../mime/bytes.ts";
import { encodeUtf8 } from "../../mime/charset.ts";
import { writeEntity } from "../../mime/entity.ts";
import { encodeBase64, encodeQuotedPrintable } from "../../mime/transfer_encoding.ts";
import { type NotComposed, refused } from "./standard_headers.ts";

/** A part: its header fields, and its body as a byte string whose lines end with LF. */
export interface Part {
  /** Without their last line break. */
  readonly fields: readonly string[];
  readonly body: string;
}

/** Writes the parts. All of it is ASCII in short lines, which no mail server has a reason to change. */
export function writeParts(
  { text, html, inline }: Content & { readonly kind: "parts" },
): Part | NotComposed {
  for (const { contentId, mediaType } of inline) {
    if (!CONTENT_ID.test(contentId) || !MEDIA_TYPE.test(mediaType)) {
      return refused("an inline file's name or type is invalid");
    }
  }
  if (html === "" && inline.length === 0) {
    const alone = textPart("plain", text);
    // The last line of an email has an end.
    return { ...alone, body: alone.body.replace(/[^\n]$/, "$&\n") };
  }
  // No encoded text has an equals sign before an underscore, and nobody guesses the rest.
  const boundary = `=_${crypto.randomUUID()}`;
  const shown = textPart("html", html);
  const related = inline.length === 0
    ? shown
    : multipart(`related; type="text/html"`, `${boundary}_2`, [shown, ...inline.map(inlinePart)]);
  return multipart("alternative", `${boundary}_1`, [textPart("plain", text), related]);
}

const CONTENT_ID = /^[A-Za-z0-9._+@-]{1,200}$/;
const MEDIA_TYPE = /^[a-z]{1,20}\/[A-Za-z0-9][A-Za-z0-9.+-]{0,80}$/;

function multipart(subtype: string, boundary: string, parts: readonly Part[]): Part {
  const written = parts.map(({ fields, body }) => `--${boundary}\n${writeEntity(fields, body)}\n`);
  return {
    fields: [`Content-Type: multipart/${subtype};\n boundary="${boundary}"`],
    body: `${written.join("")}--${boundary}--\n`,
  };
}

function textPart(subtype: "plain" | "html", text: string): Part {
  const { transfer, encoded } = encodeText(text.toWellFormed().replace(/\r\n?/g, "\n"));
  return {
    fields: [
      `Content-Type: text/${subtype}; charset=utf-8`,
      `Content-Transfer-Encoding: ${transfer}`,
    ],
    body: encoded,
  };
}

function encodeText(text: string): { readonly transfer: string; readonly encoded: string } {
  if (PLAIN.test(text)) return { transfer: "7bit", encoded: text };
  const bytes = encodeUtf8(text);
  const octets = bytes.length - text.length;
  // About where it is the shorter one, as each character of another script has two octets or three.
  if (octets > bytes.length / MIN_BASE64_PART) {
    return { transfer: "base64", encoded: encodeBase64(bytes.replaceAll("\n", "\r\n")) };
  }
  return { transfer: "quoted-printable", encoded: encodeQuotedPrintable(bytes) };
}

// ASCII in lines of at most 76 characters, of which servers remove no blanks at the end, and which old
// programs do not take for the start of a mail.
const PLAIN = /^(?:(?!From )[\t\x20-\x7E]{0,76}(?<![\t ])(?:\n|$))*$/;
const MIN_BASE64_PART = 8;

function inlinePart({ contentId, mediaType, bytes }: InlineFile): Part {
  let body = encodedFiles.get(bytes);
  if (body === undefined) {
    body = encodeBase64(fromBytes(bytes));
    encodedFiles.set(bytes, body);
  }
  return {
    fields: [
      `Content-Type: ${mediaType}`,
      "Content-Transfer-Encoding: base64",
      `Content-ID: <${contentId}>`,
      "Content-Disposition: inline",
    ],
    body,
  };
}

// The logo is in every mail.
const encodedFiles = new WeakMap<Uint8Array, string>();
