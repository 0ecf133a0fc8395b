/**
 * Quotes words for a shell, in commands that people copy.
 *
 * @module
 */

import { printable } from "./printable.ts";

/** A text as one word of a POSIX shell, safe to print. */
export function shellWord(text: string): string {
  return /^[\w/.+-]+$/.test(text) ? text : printable(`'${text.replaceAll("'", String.raw`'\''`)}'`);
}
