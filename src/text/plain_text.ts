/**
 * Makes text from strangers harmless to show: one line of a bounded length that cannot reorder the
 * text around it, be invisible, or become a link.
 *
 * The result still needs the escaping of HTML, headers or URLs.
 *
 * @module
 */

/** The direction of a script: from left to right, or from right to left. */
export type Direction = "ltr" | "rtl";

/**
 * One line of visible text, without controls, bidirectional formatting or characters that have no
 * width, cut after `maxChars` user-perceived characters. Empty when nothing visible is left.
 *
 * Joiners are kept where a script or an emoji needs them.
 */
export function plainText(value: string, maxChars: number): string {
  if (/^[\x21-\x7E]*$/.test(value) && value.length <= maxChars) return value;
  // Text far beyond the limit is ignored: the patterns below take time.
  const text = value.slice(0, maxChars * UNITS_PER_CHARACTER * 2).toWellFormed()
    .replace(BLANK, " ")
    .replace(INVISIBLE, visible)
    .replace(MARKS, "$1")
    .replace(NONCHARACTER, "\uFFFD")
    .replace(/ {2,}/g, " ")
    .trim();
  return cut(text, maxChars);
}

/** Invisible, without a width and without a line break: the word joiner, U+2060. */
export const JOINER = "\u2060";

/**
 * The same text, which mail clients do not turn into a link: a {@linkcode JOINER} is inserted after
 * each dot of a word that looks like a host's name, and before each `://`. `Dr. Eve`, `e.g.` and
 * `3.5` stay as they are.
 */
export function unlinked(text: string): string {
  return text
    .replace(DOTTED, (word) => HOST.test(word) ? word.replace(INNER_DOT, `$&${JOINER}`) : word)
    .replaceAll("://", `${JOINER}://`);
}

/** Whether programs that know the usual top-level domains would make a link of a part of it. */
export function looksLikeHost(text: string): boolean {
  return /(?:^|[^\p{L}\p{N}])www\./iu.test(text) || COMMON_HOST.test(text);
}

/** The text as it was before {@linkcode unlinked}. */
export function withoutJoiners(text: string): string {
  return text.replaceAll(JOINER, "");
}

// Everything that a browser takes for a dot (Unicode, UTS #46).
const DOT = "[.\\u2024\\u3002\\uFE52\\uFF0E\\uFF61]";
const DOTTED = new RegExp(`(?:${DOT}|[\\p{L}\\p{M}\\p{N}_-])+`, "gu");
// No top-level domain has one letter, or begins with a digit.
const HOST = new RegExp(`${DOT}\\p{L}[\\p{L}\\p{M}\\p{N}-]`, "u");
const INNER_DOT = new RegExp(`${DOT}(?=.)`, "gu");
// The domains of countries, and the most used of the others.
const COMMON_HOST = new RegExp(
  `${DOT}(?:\\p{L}{2}|xn--[a-z0-9-]+|com|net|org|edu|gov|int|mil|info|biz|name|pro|mobi|asia|` +
    "app|dev|zip|mov|xyz|top|icu|win|bid|vip|link|click|site|online|store|shop|club|live|life|" +
    "world|today|space|website|support|email|cloud|digital|agency|group|work|page|blog|news|" +
    "tech|team|one|fun|buzz|cyou|sbs|cfd|bond|quest|monster|rest|bar|web|wiki|example|test)" +
    "(?![\\p{L}\\p{M}\\p{N}-])",
  "iu",
);

/**
 * The text between directional isolates (U+2068, U+2069) where its direction could affect the text
 * around it: left-to-right text inside left-to-right text needs no isolates.
 */
export function isolated(text: string, direction: Direction): string {
  if (text === "" || (direction === "ltr" && !RIGHT_TO_LEFT.test(text))) return text;
  return `\u2068${text}\u2069`;
}

// A family of four has 11 code units, a flag of a region 14, a letter with its marks up to 6.
const UNITS_PER_CHARACTER = 16;

// Line breaks and everything else that looks like a space: U+2800 is a Braille cell without dots.
const BLANK = /[\p{Z}\t\n\v\f\r\u0085\u2800]/gu;

// Controls, formatting, and characters without a glyph.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{DI}]/gu;

// Scripts in which a joiner between letters changes their form (Unicode, UAX #31, 2.3).
const JOINING = new RegExp(
  `[${
    "Arab Syrc Nkoo Mong Mand Adlm Rohg Deva Beng Guru Gujr Orya Taml Telu Knda Mlym Sinh Khmr Mymr"
      .replace(/\w+ ?/g, (script) => `\\p{sc=${script.trim()}}`)
  }]`,
  "u",
);
const EMOJI = /[\p{Extended_Pictographic}\p{Emoji_Modifier}\uFE0F]/u;
const EMOJI_BASE = /[\p{Extended_Pictographic}0-9#*]/u;

// Joiners between letters that join or between emoji, and the selector for a coloured emoji, are kept;
// all other invisible characters are removed.
function visible(sign: string, at: number, text: string): string {
  if (!/[\u200C\u200D\uFE0F]/.test(sign)) return "";
  const before = /.$/su.exec(text.slice(Math.max(0, at - 2), at))?.[0] ?? "";
  if (sign === "\uFE0F") return EMOJI_BASE.test(before) ? sign : "";
  const after = String.fromCodePoint(text.codePointAt(at + 1) ?? 0);
  if (JOINING.test(before) && JOINING.test(after)) return sign;
  return sign === "\u200D" && EMOJI.test(before) && EMOJI.test(after) ? sign : "";
}

// No language puts more than four marks on a letter; more of them overlap the lines around it, and a
// mark without a letter would combine with the character before the text.
const MARKS = /^[\p{M} ]+|(\p{M}{4})\p{M}+/gu;
const NONCHARACTER = /\p{Noncharacter_Code_Point}/gu;
// The blocks of right-to-left scripts.
const RIGHT_TO_LEFT =
  /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFF\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;

const characters = new Intl.Segmenter("und", { granularity: "grapheme" });

/**
 * The text, cut after `maxChars` user-perceived characters, with an ellipsis if it was cut. Text of
 * far more code units than that is cut earlier.
 */
export function cut(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  let count = 0;
  // The rest is ignored: a letter may have a million marks.
  const start = text.slice(0, maxChars * UNITS_PER_CHARACTER * 2);
  for (const { segment, index } of characters.segment(start)) {
    if (++count > maxChars || index + segment.length > maxChars * UNITS_PER_CHARACTER) {
      return `${text.slice(0, index).trimEnd()}\u2026`;
    }
  }
  return text;
}
