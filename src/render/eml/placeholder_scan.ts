/**
 * Finds the placeholders of a template, and what each one stands in.
 *
 * @module
 */

import { isForeign, type Piece, type Place, PLACEHOLDERS } from "./placeholder.ts";

/** What a text holds. */
export interface Scan {
  /** The text in pieces. */
  readonly pieces: readonly Piece[];
  /** What the template's author should know, and where it stands in the text. */
  readonly remarks: readonly { readonly message: string; readonly index: number }[];
}

// What looks like a placeholder and is none ends before its last sign, which may begin the next one.
const PLACEHOLDER = new RegExp(`%(${PLACEHOLDERS.join("|")})%|%([A-Z][A-Z0-9_]*)(?=%)`, "g");
// A tag, with any > in its quotes; a script or style as a whole, as no reference is decoded there.
const TAG = /<!--[^]*?-->|<(script|style)\b[^]*?<\/\1|<[a-z/!?](?:"[^"]*"|'[^']*'|[^"'>])*>/gi;
const LINK_ATTRIBUTE =
  /\b(?:href|src|srcset|action|formaction|background|cite|poster|data)\s*=\s*(?:"[^"]*|'[^']*|[^\s"'>]*)$/i;
const LINK = /[a-z][a-z0-9+.-]*:\/\/[^\s<>"']*$/i;

/** Takes plain text or HTML apart. */
export function scanPlaceholders(source: string, html: boolean): Scan {
  const tags = html ? [...source.matchAll(TAG)] : [];
  const pieces: Piece[] = [];
  const remarks: { message: string; index: number }[] = [];
  let end = 0;
  for (const { 0: text, 1: found, 2: unknown, index } of source.matchAll(PLACEHOLDER)) {
    const name = PLACEHOLDERS.find((known) => known === found);
    if (name === undefined) {
      remarks.push({ message: `%${unknown}% is no placeholder and stays as it is`, index });
      continue;
    }
    if (index > end) pieces.push({ kind: "literal", text: source.slice(end, index) });
    const tag = tags.find((tag) => tag.index < index && index < tag.index + tag[0].length);
    const before = source.slice(tag?.index ?? Math.max(0, index - 2000), index);
    const place = placeOf(before, tag !== undefined, html);
    pieces.push({ kind: "placeholder", name, place });
    if (place === "host" && isForeign(name)) {
      remarks.push({
        message: `%${name}% may not decide where a link leads: it is left out`,
        index,
      });
    }
    end = index + text.length;
  }
  if (end < source.length) pieces.push({ kind: "literal", text: source.slice(end) });
  return { pieces, remarks };
}

function placeOf(before: string, inTag: boolean, html: boolean): Place {
  const attribute = inTag ? LINK_ATTRIBUTE.exec(before)?.[0] : undefined;
  if (attribute !== undefined) {
    const value = attribute.replace(/^[^=]*=\s*["']?/, "");
    // Behind the host of a link with a host, or behind the scheme of another one, such as mailto.
    return /^[a-z][a-z0-9+.-]*:(?:\/\/[^/?#]+[/?#]|(?!\/))/i.test(value) ? "url" : "host";
  }
  if (inTag) return "attribute";
  const link = LINK.exec(before)?.[0] ?? "";
  if (/:\/\/[^/?#]+[/?#]/.test(link)) return "url";
  return html ? "html" : "text";
}
