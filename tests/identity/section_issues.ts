/**
 * Expects what a section's schema refuses.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { z } from "zod";

/** Expects exactly one issue, at this path, for each section; `base` has what is the same in all. */
export function assertIssues(
  schema: z.ZodType,
  cases: readonly (readonly [section: object, path: string])[],
  base: object = {},
): void {
  for (const [section, path] of cases) {
    const issues = schema.safeParse({ ...base, ...section }).error?.issues;
    assert.deepEqual(issues?.map((issue) => issue.path.join(".")), [path], JSON.stringify(section));
  }
}
