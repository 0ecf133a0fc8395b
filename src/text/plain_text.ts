/**
 * Makes text from strangers harmless to show: one line, of a bounded length, that cannot reorder
 * its surroundings, hide in them, or become a link by itself.
 *
 * What is harmless here is still not HTML, a header or a URL: each of those has its own escaping.
 *
 * @module
 */

/** The direction of a script: from left to right, or from right to left. */
export type Direction = "ltr" | "rtl";

/**
 * One line of visible text, without controls, bidirectional formatting or characters that have no
 * width, cut after `longest` user-perceived characters. Empty when nothing visible is left.
 *
 * Joiners stay where a script or an emoji needs them.
 */
export function plainText(value: string, longest: number): string {
  if (/^[\x21-\x7E]*$/.test(value) && value.length <= longest) return value;
  // What is far beyond the limit is not even looked at: the patterns below take time.
  const text = value.slice(0, longest * UNITS_A_CHARACTER * 2).toWellFormed()
    .replace(BLANK, " ")
    .replace(INVISIBLE, visible)
    .replace(MARKS, "$1")
    .replace(NONCHARACTER, "\uFFFD")
    .replace(/ {2,}/g, " ")
    .trim();
  return cut(text, longest);
}

/**
 * The same text, which no mail client makes a link of: an invisible word joiner (U+2060) stands
 * after each dot inside a word and before each `://`.
 */
export function unlinked(text: string): string {
  return text.replace(/([.\u3002\uFF0E\uFF61])(?=\S)/g, "$1\u2060").replaceAll("://", "\u2060://");
}

/**
 * The text between directional isolates (U+2068, U+2069) where its direction could reach what
 * stands around it: a text from left to right inside another one has nothing to isolate.
 */
export function isolated(text: string, direction: Direction): string {
  if (text === "" || (direction === "ltr" && !RIGHT_TO_LEFT.test(text))) return text;
  return `\u2068${text}\u2069`;
}

// A family of four is 11 code units, a flag of a region 14; letters with their marks take up to 6.
const UNITS_A_CHARACTER = 16;

// Line breaks and everything else that is drawn as a blank: U+2800 is a Braille cell without dots.
const BLANK = /[\p{Z}\t\n\v\f\r\u0085\u2800]/gu;

// Controls, formatting, and what is drawn as nothing.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{DI}]/gu;

// Scripts whose letters change their form with a joiner between them (Unicode, UAX #31, 2.3).
const JOINING = new RegExp(
  `[${
    "Arab Syrc Nkoo Mong Mand Adlm Rohg Deva Beng Guru Gujr Orya Taml Telu Knda Mlym Sinh Khmr Mymr"
      .replace(/\w+ ?/g, (script) => `\\p{sc=${script.trim()}}`)
  }]`,
  "u",
);
const EMOJI = /[\p{Extended_Pictographic}\p{Emoji_Modifier}\uFE0F]/u;
const EMOJI_BASE = /[\p{Extended_Pictographic}0-9#*]/u;

// A joiner between letters that join or between emoji, and the selector that makes an emoji
// colourful, are part of what is written; every other invisible character goes.
function visible(sign: string, at: number, text: string): string {
  if (!/[\u200C\u200D\uFE0F]/.test(sign)) return "";
  const before = /.$/su.exec(text.slice(Math.max(0, at - 2), at))?.[0] ?? "";
  if (sign === "\uFE0F") return EMOJI_BASE.test(before) ? sign : "";
  const after = String.fromCodePoint(text.codePointAt(at + 1) ?? 0);
  if (JOINING.test(before) && JOINING.test(after)) return sign;
  return sign === "\u200D" && EMOJI.test(before) && EMOJI.test(after) ? sign : "";
}

// No language stacks more marks on a letter than four; what does crosses into the lines around it,
// and a mark without a letter goes onto whatever stands before the text.
const MARKS = /^[\p{M} ]+|(\p{M}{4})\p{M}+/gu;
const NONCHARACTER = /\p{Noncharacter_Code_Point}/gu;
// The blocks of the scripts that are written from right to left.
const RIGHT_TO_LEFT =
  /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFF\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;

const characters = new Intl.Segmenter("und", { granularity: "grapheme" });

/**
 * The text as it is, cut after `longest` user-perceived characters; an ellipsis tells of it. What is
 * made of far more code units than that is cut earlier.
 */
export function cut(text: string, longest: number): string {
  if (text.length <= longest) return text;
  let count = 0;
  // The rest is not even looked at: a letter may have a million marks.
  const start = text.slice(0, longest * UNITS_A_CHARACTER * 2);
  for (const { segment, index } of characters.segment(start)) {
    if (++count > longest || index + segment.length > longest * UNITS_A_CHARACTER) {
      return `${text.slice(0, index).trimEnd()}\u2026`;
    }
  }
  return text;
}
