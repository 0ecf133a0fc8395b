/**
 * mxisd's templates for SendGrid: a subject, a file with the text and one with the HTML, all with
 * `%PLACEHOLDER%`s.
 *
 * @module
 */

import type { Content } from "../../domain/message.ts";
import { declareUtf8 } from "../../mime/charset.ts";
import { withoutJoiners } from "../../text/plain_text.ts";
import type { MailModel, Renderer } from "../port.ts";
import { broken, type ParsedFile, tooLarge } from "./parsed_file.ts";
import {
  fillHeader,
  fillPieces,
  LANGUAGE,
  type Piece,
  placeholderValues,
  type Sender,
} from "./placeholder.ts";
import { scanPlaceholders } from "./placeholder_scan.ts";

/** Parses a file with text or HTML in UTF-8. */
export function parseTemplateFile(
  bytes: Uint8Array,
  html: boolean,
): ParsedFile<readonly Piece[]> {
  const refusal = tooLarge(bytes);
  if (refusal) return refusal;
  const line = firstLineNotText(bytes);
  if (line !== undefined) {
    return broken([{ line, message: "is not text in UTF-8: save the file as UTF-8" }]);
  }
  const text = new TextDecoder().decode(bytes).replace(/\r\n?/g, "\n");
  if (text.trim() === "") {
    return broken([{ line: 1, message: "is empty: write the email, or remove the key" }]);
  }
  const { pieces, warnings } = scanPlaceholders(text, html);
  return {
    kind: "template",
    template: pieces,
    warnings: warnings.map(({ message, index }) => ({
      line: text.slice(0, index).split("\n").length,
      message,
    })),
  };
}

/** The template of a mail. */
export interface TemplateFiles {
  /** The subject, with placeholders. */
  readonly subject: string;
  readonly text?: readonly Piece[] | undefined;
  readonly html?: readonly Piece[] | undefined;
}

/** Opens the renderer. A mail about several invitations shows the first one only. */
export function openPlaceholderRenderer(
  options: Sender & { readonly template: TemplateFiles },
): Renderer {
  const { subject, text, html } = options.template;
  const title = scanPlaceholders(subject, false).pieces;
  function render(model: MailModel): Promise<Content> {
    const values = placeholderValues(model, options);
    const line = fillHeader(title, values).trim();
    return Promise.resolve({
      kind: "parts",
      // Unknown values are empty, and a mail without a subject is refused.
      subject: line || withoutJoiners(values.SENDER_NAME_OR_ID.shown),
      text: text ? fillPieces(text, values, false) : "",
      html: html ? declareUtf8(fillPieces(html, values, true)) : "",
      inline: [],
    });
  }
  // The template was parsed before.
  // It was parsed from text.
  const done = () => Promise.resolve();
  return { languages: [LANGUAGE], render, load: done, check: done };
}

/** Warnings about what may be a mistake in a subject. */
export function subjectWarnings(subject: string): readonly string[] {
  return scanPlaceholders(subject, false).warnings.map(({ message }) => message);
}

// A file that was saved as UTF-16 contains NUL bytes.
function firstLineNotText(bytes: Uint8Array): number | undefined {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  for (let line = 1, start = 0; start < bytes.length; line++) {
    const end = bytes.indexOf(0x0A, start);
    const content = bytes.subarray(start, end < 0 ? bytes.length : end);
    if (content.includes(0)) return line;
    try {
      decoder.decode(content);
    } catch {
      return line;
    }
    start = end < 0 ? bytes.length : end + 1;
  }
  return undefined;
}
