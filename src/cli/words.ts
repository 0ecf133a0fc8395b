/**
 * The words that arguments may be: for completion in a shell, and to find the one that was meant.
 *
 * @module
 */

import { findSimilar, levenshteinDistance } from "@optique/core/suggestion";

/** A kind of words. */
export type WordKind = "stores" | "samples" | "languages" | "parts";

type Words = Readonly<Record<WordKind, readonly string[]>>;

let words: Words = { stores: [], samples: [], languages: [], parts: [] };

/** Loads them for completion. The other commands need not wait for that. */
export async function loadWords(): Promise<void> {
  const [settings, samples, languages, finding] = await Promise.all([
    import("../config/sections/settings.ts"),
    import("../preview/sample_mail.ts"),
    import("../render/liquid/languages.ts"),
    import("../doctor/finding.ts"),
  ]);
  words = {
    stores: Object.keys(settings.storeSections),
    samples: samples.SAMPLE_NAMES,
    languages: languages.LANGUAGES,
    parts: finding.PARTS,
  };
}

/** The words of a kind; none until they are loaded. */
export function wordsOf(kind: WordKind): readonly string[] {
  return words[kind];
}

/** What to write instead of a word: the ones that may have been meant, and all that there are. */
export function choices(word: string, all: readonly string[]): string {
  const similar = findSimilar(word, all);
  const distance = (other: string) => levenshteinDistance(word.toLowerCase(), other.toLowerCase());
  const nearest = Math.min(...similar.map(distance));
  const meant = similar.filter((other) => distance(other) === nearest);
  const list = `one of ${all.join(", ")}`;
  return meant.length === 0 ? `write ${list}` : `did you mean ${meant.join(" or ")}? Write ${list}`;
}
