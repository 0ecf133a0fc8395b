/**
 * Finds the placeholders of a template, each with its context.
 *
 * @module
 */

import { type Context, isUntrusted, type Piece, PLACEHOLDERS } from "./placeholder.ts";

/** A scanned text. */
export interface Scan {
  /** The text in pieces. */
  readonly pieces: readonly Piece[];
  /** What may be a mistake, and its index in the text. */
  readonly warnings: readonly { readonly message: string; readonly index: number }[];
}

// What only looks like a placeholder ends before its last %, which may begin the next one.
const PLACEHOLDER = new RegExp(`%(${PLACEHOLDERS.join("|")})%|%([A-Z][A-Z0-9_]*)(?=%)`, "g");
// A tag, with any > in its quotes; a script or style as a whole, as no reference is decoded there.
const TAG = /<!--[^]*?-->|<(script|style)\b[^]*?<\/\1|<[a-z/!?](?:"[^"]*"|'[^']*'|[^"'>])*>/gi;
const LINK_ATTRIBUTE =
  /\b(?:href|src|srcset|action|formaction|background|cite|poster|data)\s*=\s*(?:"[^"]*|'[^']*|[^\s"'>]*)$/i;
const LINK = /[a-z][a-z0-9+.-]*:\/\/[^\s<>"']*$/i;

/** Scans plain text or HTML. */
export function scanPlaceholders(source: string, html: boolean): Scan {
  const tags = html ? [...source.matchAll(TAG)] : [];
  const pieces: Piece[] = [];
  const warnings: { message: string; index: number }[] = [];
  let end = 0;
  for (const { 0: text, 1: found, 2: unknown, index } of source.matchAll(PLACEHOLDER)) {
    const name = PLACEHOLDERS.find((known) => known === found);
    if (name === undefined) {
      warnings.push({ message: `%${unknown}% is not a placeholder and is not replaced`, index });
      continue;
    }
    if (index > end) pieces.push({ kind: "literal", text: source.slice(end, index) });
    const tag = tags.find((tag) => tag.index < index && index < tag.index + tag[0].length);
    const before = source.slice(tag?.index ?? Math.max(0, index - 2000), index);
    const context = contextOf(before, tag !== undefined, html);
    pieces.push({ kind: "placeholder", name, context });
    if (context === "host" && isUntrusted(name)) {
      warnings.push({
        message: `%${name}% must not decide where a link leads: "invalid" takes its place`,
        index,
      });
    }
    end = index + text.length;
  }
  if (end < source.length) pieces.push({ kind: "literal", text: source.slice(end) });
  return { pieces, warnings };
}

function contextOf(before: string, inTag: boolean, html: boolean): Context {
  const attribute = inTag ? LINK_ATTRIBUTE.exec(before)?.[0] : undefined;
  if (attribute !== undefined) {
    const value = attribute.replace(/^[^=]*=\s*["']?/, "");
    // After the host of a link with a host, or after the scheme of another one, such as mailto.
    return /^[a-z][a-z0-9+.-]*:(?:\/\/[^/?#]+[/?#]|(?!\/))/i.test(value) ? "url" : "host";
  }
  if (inTag) return "attribute";
  const link = LINK.exec(before)?.[0] ?? "";
  if (/:\/\/[^/?#]+[/?#]/.test(link)) return "url";
  return html ? "html" : "text";
}
