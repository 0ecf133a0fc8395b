/**
 * Kinds of values in the command line, with what a shell completes them to.
 *
 * @module
 */

import type { NonEmptyString } from "@optique/core/nonempty";
import { string, type ValueParser } from "@optique/core/valueparser";
import { type WordKind, wordsOf } from "./words.ts";

/** A path, which the shell completes. */
export function pathValue(
  metavar: NonEmptyString,
  type: "file" | "directory" | "any",
): ValueParser<"sync", string> {
  return {
    ...string({ metavar }),
    *suggest(prefix) {
      yield { kind: "file", pattern: prefix, type, includeHidden: /(?:^|\/)\.[^/]*$/.test(prefix) };
    },
  };
}

/** A word of a kind. The command checks it: which there are may depend on the configuration. */
export function wordValue(metavar: NonEmptyString, kind: WordKind): ValueParser<"sync", string> {
  return {
    ...string({ metavar }),
    *suggest(prefix) {
      for (const word of wordsOf(kind)) {
        if (word.startsWith(prefix)) yield { kind: "literal", text: word };
      }
    },
  };
}
