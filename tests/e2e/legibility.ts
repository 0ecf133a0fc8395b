/**
 * Checks in a real browser that pages can be read.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { BrowserPage, View } from "./servers/browser.ts";

/** Desktop, a mail program's pane and phone, in the light and the dark colour scheme. */
export const VIEWS: Readonly<Record<string, View>> = {
  light: { width: 1000 },
  dark: { width: 1000, dark: true },
  mail: { width: 600 },
  "mail-dark": { width: 600, dark: true },
  phone: { width: 360, height: 740 },
  "phone-dark": { width: 360, height: 740, dark: true },
};

/** A laptop's window. */
export const LAPTOP: View = { width: 1280, height: 720 };

const script = await Deno.readTextFile(new URL("page_faults.js", import.meta.url));

/**
 * Fails when the contrast of any text is too low (WCAG 2.2, level AA) or anything overflows its
 * container, in any of the views. If `E2E_SCREENSHOTS` names a folder, screenshots are written to it.
 */
export async function assertLegible(
  page: BrowserPage,
  url: string,
  title: string,
  views: readonly string[] = Object.keys(VIEWS),
): Promise<void> {
  // A page without scripts looks the same when its view changes as when it is loaded in that view.
  await page.goto(url);
  for (const name of views) {
    await page.setView(name === "laptop" ? LAPTOP : VIEWS[name] ?? assert.fail(name));
    assert.deepEqual(await page.evaluate(script), [], `${title}, ${name}`);
    const folder = Deno.env.get("E2E_SCREENSHOTS");
    if (!folder) continue;
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeFile(`${folder}/${title}-${name}.png`, await page.screenshot());
  }
}
