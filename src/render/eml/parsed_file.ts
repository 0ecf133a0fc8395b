/**
 * The result of parsing a template in one of mxisd's formats.
 *
 * @module
 */

import type { FileProblem } from "../../mime/entity.ts";

/** A parsed file. */
export type ParsedFile<Template> =
  /** A template, with warnings about what may be a mistake. */
  | {
    readonly kind: "template";
    readonly template: Template;
    readonly warnings: readonly FileProblem[];
  }
  | BrokenFile;

/** A file that cannot be used. */
export interface BrokenFile {
  readonly kind: "broken";
  /** At least one. */
  readonly problems: readonly FileProblem[];
}

/** The result for a file with these problems. */
export function broken(problems: readonly FileProblem[]): BrokenFile {
  return { kind: "broken", problems };
}

// Mail servers do not accept larger mails as a rule.
const MAX_BYTES = 10 * 1024 * 1024;

/** The result for a file that is too large to be parsed; `undefined` for all others. */
export function tooLarge(bytes: Uint8Array): BrokenFile | undefined {
  if (bytes.length <= MAX_BYTES) return undefined;
  return broken([{ line: 1, message: "is larger than 10 MiB" }]);
}
