/**
 * Writes documents for scripts.
 *
 * @module
 */

import { printableJson } from "../text/printable_json.ts";

/** A document in its written form. */
export function writeJson(document: unknown): string {
  return printableJson(JSON.stringify(document, null, 2));
}
