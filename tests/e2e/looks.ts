/**
 * Looking at pages in a real browser.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { BrowserPage, Look } from "./servers/browser.ts";

/** The ways in which pages are looked at: on a desktop and on a phone, in the light and in the dark. */
export const LOOKS: Readonly<Record<string, Look>> = {
  light: { width: 1000 },
  dark: { width: 1000, dark: true },
  phone: { width: 360, height: 740 },
  "phone-dark": { width: 360, height: 740, dark: true },
};

const script = await Deno.readTextFile(new URL("page_faults.js", import.meta.url));

/**
 * Fails when words on the page cannot be read on what is behind them (WCAG 2.2, level AA), or
 * something reaches beyond its place, in any of the ways. `E2E_SCREENSHOTS` names a folder for
 * pictures to be looked at.
 */
export async function assertLooksRight(
  page: BrowserPage,
  url: string,
  called: string,
  looks: readonly string[] = Object.keys(LOOKS),
): Promise<void> {
  for (const name of looks) {
    await page.look(LOOKS[name] ?? assert.fail(name));
    await page.goto(url);
    assert.deepEqual(await page.evaluate(script), [], `${called}, ${name}`);
    const folder = Deno.env.get("E2E_SCREENSHOTS");
    if (!folder) continue;
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeFile(`${folder}/${called}-${name}.png`, await page.screenshot());
  }
}
