/**
 * What comes of reading a template in one of mxisd's forms.
 *
 * @module
 */

import type { FileProblem } from "../../mime/entity.ts";

/** What a file is. */
export type ParsedFile<Template> =
  /** A template; the warnings tell what may not be as it was meant. */
  | {
    readonly kind: "template";
    readonly template: Template;
    readonly warnings: readonly FileProblem[];
  }
  | BrokenFile;

/** A file that cannot be used. */
export interface BrokenFile {
  /** Tells it from a template. */
  readonly kind: "broken";
  /** At least one. */
  readonly problems: readonly FileProblem[];
}

/** A file with these problems. */
export function broken(problems: readonly FileProblem[]): BrokenFile {
  return { kind: "broken", problems };
}

// Everything larger than what mail servers take as a rule was not meant.
const LARGEST = 10 * 1024 * 1024;

/** The verdict on a file that is too large to be looked at; `undefined` for all others. */
export function tooLarge(bytes: Uint8Array): BrokenFile | undefined {
  if (bytes.length <= LARGEST) return undefined;
  return broken([{ line: 1, message: "is larger than 10 MiB" }]);
}
