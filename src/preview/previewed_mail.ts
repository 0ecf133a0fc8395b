/**
 * Parses a mail, to show it.
 *
 * @module
 */

import type { Attachment } from "postal-mime";

/** What a mail program shows of a mail, and what is sent. */
export interface PreviewedMail {
  readonly subject: string;
  /** The text part; empty when there is none. */
  readonly text: string;
  /** The HTML part, its pictures in it as `data:` URLs; empty when there is none. */
  readonly html: string;
  /** The header as it is sent. */
  readonly header: string;
  /** All of it as it is sent. */
  readonly source: string;
  /** The same as bytes. */
  readonly bytes: Uint8Array;
}

/** Parses a mail. */
export async function readMail(bytes: Uint8Array): Promise<PreviewedMail> {
  const { default: PostalMime } = await import("postal-mime");
  const { subject = "", text = "", html = "", attachments } = await PostalMime.parse(bytes);
  const source = new TextDecoder().decode(bytes).replaceAll("\r\n", "\n");
  const [header = ""] = source.split("\n\n", 1);
  return { subject, text, html: withPictures(html, attachments), header, source, bytes };
}

// Formats that mail programs show and that cannot contain scripts.
const PICTURE = /^image\/(?:png|jpeg|gif|webp)$/;

function withPictures(html: string, attachments: readonly Attachment[]): string {
  let shown = html;
  for (const { contentId, mimeType, content } of attachments) {
    if (!contentId || !PICTURE.test(mimeType) || !(content instanceof ArrayBuffer)) continue;
    const url = `data:${mimeType};base64,${new Uint8Array(content).toBase64()}`;
    shown = shown.replaceAll(`cid:${contentId.replace(/^<|>$/g, "")}`, url);
  }
  return shown;
}
