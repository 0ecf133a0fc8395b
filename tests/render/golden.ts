/**
 * Files that hold what a test expects. `UPDATE_GOLDEN=1` rewrites them.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Content } from "../../src/domain/message.ts";

/** Compares a text with a file below tests/golden, or rewrites the file. */
export async function assertGolden(path: string, actual: string): Promise<void> {
  const file = new URL(`../golden/${path}`, import.meta.url);
  if (Deno.env.get("UPDATE_GOLDEN") === "1") {
    await Deno.mkdir(new URL(".", file), { recursive: true });
    return await Deno.writeTextFile(file, actual);
  }
  assert.equal(actual, await Deno.readTextFile(file), `${path}: UPDATE_GOLDEN=1 rewrites it`);
}

// One language in each direction: the HTML of the others differs in words alone.
const HTML_LANGUAGES = ["en", "ar"];

/** Compares a mail with its golden files: the text below its subject, and some languages' HTML. */
export async function assertGoldenMail(
  language: string,
  name: string,
  { subject, text, html }: Content & { readonly kind: "parts" },
): Promise<void> {
  await assertGolden(`mails/${language}/${name}.txt`, `${subject}\n\n${text}`);
  if (HTML_LANGUAGES.includes(language)) {
    await assertGolden(`mails/${language}/${name}.html`, html);
  }
}
