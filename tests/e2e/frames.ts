/**
 * Checks in a real browser that frames are as large as what is in them.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { BrowserPage, View } from "./servers/browser.ts";

interface Frame {
  readonly src: string;
  readonly width: number;
  readonly height: number;
}

/** Fails when a frame of the page cuts off what is in it, or would scroll. The page must be open. */
export async function assertFramesShowAll(page: BrowserPage, view: View): Promise<number> {
  const frames = await page.evaluate<readonly Frame[]>(
    `[...document.querySelectorAll("iframe")].map((frame) => ({
      src: frame.src, width: frame.clientWidth, height: frame.clientHeight,
    }))`,
  );
  for (const { src, width, height } of frames) {
    // Lower than any mail, so that its own height is measured.
    await page.setView({ width, height: 100 });
    await page.goto(src);
    const [own = 0, whole = 0] = await page.evaluate<readonly number[]>(
      "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]",
    );
    assert.ok(own <= width, `${src} is ${own} of ${width} px wide`);
    assert.ok(whole <= height, `${src} is ${whole} of ${height} px high, at ${width} px`);
  }
  await page.setView(view);
  return frames.length;
}
