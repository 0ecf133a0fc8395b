/**
 * A mail, taken apart again to be looked at.
 *
 * @module
 */

import type { Attachment } from "postal-mime";

/** What a mail program makes of the bytes that are sent. */
export interface PreviewedMail {
  /** The subject. */
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

/** Takes a mail apart. */
export async function readMail(bytes: Uint8Array): Promise<PreviewedMail> {
  const { default: PostalMime } = await import("postal-mime");
  const { subject = "", text = "", html = "", attachments } = await PostalMime.parse(bytes);
  const source = new TextDecoder().decode(bytes).replaceAll("\r\n", "\n");
  const [header = ""] = source.split("\n\n", 1);
  return { subject, text, html: withPictures(html, attachments), header, source, bytes };
}

// Nothing else could be shown as a picture, and nothing that runs is one of these.
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
