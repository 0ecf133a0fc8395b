/**
 * Replaces the joiners in HTML, which would be copied with the text, by markup that keeps mail
 * clients from making links of it as well.
 *
 * @module
 */

import { JOINER, withoutJoiners } from "../text/plain_text.ts";

/**
 * A document without joiners: in texts the character beside each one is in an element of its own;
 * in tags, comments, styles and the title joiners are left out.
 */
export function unclickable(html: string): string {
  if (!html.includes(JOINER)) return html;
  return html.replace(TOKEN, (token, raw: string | undefined) => {
    return raw === undefined && !token.startsWith("<")
      ? unclickableText(token)
      : withoutJoiners(token);
  });
}

/** The same for text without tags, which is already escaped. */
export function unclickableText(escaped: string): string {
  return withoutJoiners(escaped.replace(JOINED, "<span>$1$2</span>"));
}

// As `unlinked` inserts them.
const JOINED = new RegExp(`(.)${JOINER}(?!://)|${JOINER}(://)`, "gu");

// A comment, an element whose content is not markup, a tag, text.
const TOKEN =
  /<!--[^]*?-->|<(title|style|script|textarea)\b[^]*?<\/\1\s*>|<(?:[^>"']|"[^"]*"|'[^']*')*>|[^<]+|</gi;
