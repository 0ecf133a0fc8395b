/**
 * Checks in a real browser that pages can be used with assistive technology, by the rules of axe.
 *
 * @module
 */

import axe from "axe-core";
import assert from "node:assert/strict";
import type { BrowserPage } from "./servers/browser.ts";

// WCAG 2.2, levels A and AA, and what is good practice besides.
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Fails when a rule is violated on the page that is open. Frames are pages of their own. */
export async function assertAccessible(page: BrowserPage, title: string): Promise<void> {
  const options = JSON.stringify({ runOnly: TAGS, iframes: false, resultTypes: ["violations"] });
  await page.evaluate(`(() => { ${axe.source}; })()`);
  const violations = await page.evaluate<readonly string[]>(
    `axe.run(document, ${options}).then(({ violations }) => violations.map(
      ({ id, help, nodes }) => id + ": " + help + ": " + nodes.map((n) => n.html).join("\\n"),
    ))`,
  );
  assert.deepEqual(violations, [], title);
}
