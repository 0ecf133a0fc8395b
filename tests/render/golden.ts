/**
 * Files that hold what a test expects. `UPDATE_GOLDEN=1` rewrites them.
 *
 * @module
 */

import assert from "node:assert/strict";

/** Compares a text with a file below tests/golden, or rewrites the file. */
export async function assertGolden(path: string, actual: string): Promise<void> {
  const file = new URL(`../golden/${path}`, import.meta.url);
  if (Deno.env.get("UPDATE_GOLDEN") === "1") {
    await Deno.mkdir(new URL(".", file), { recursive: true });
    return await Deno.writeTextFile(file, actual);
  }
  assert.equal(actual, await Deno.readTextFile(file), `${path}: UPDATE_GOLDEN=1 rewrites it`);
}
