/**
 * Renders the pages that say only that a link is invalid or that a request failed, once for each list
 * of languages: anybody can request them, and rendering one takes about a millisecond.
 *
 * @module
 */

import { randomUUID } from "node:crypto";
import type { PageRenderer } from "../render/page_port.ts";
import { MINUTE } from "../settings/duration.ts";
import type { Clock } from "../system/clock.ts";
import { messagePage } from "./stop_page_model.ts";

/** Returns such a page with a nonce of its own. */
export type MessagePages = (
  kind: "unknown" | "failed",
  languages: readonly string[],
  nonce: string,
) => Promise<string>;

// The lists of languages come from clients.
const MAX_PAGES = 100;
// A template may show the time.
const MAX_AGE_MS = MINUTE;

/** Opens the pages, of which none is kept for longer than a minute. */
export function openMessagePages(
  renderer: Pick<PageRenderer, "render">,
  clock: Pick<Clock, "monotonic">,
): MessagePages {
  const pages = new Map<string, { readonly html: Promise<string>; readonly until: number }>();
  // In the place of the nonce, which is another one in each response.
  const placeholder = randomUUID();

  return async (kind, languages, nonce) => {
    const key = JSON.stringify([kind, languages]);
    const now = clock.monotonic();
    let page = pages.get(key);
    if (page === undefined || now >= page.until) {
      page = {
        html: renderer.render(messagePage(kind, languages, placeholder)),
        until: now + MAX_AGE_MS,
      };
      pages.delete(key);
      pages.set(key, page);
      const [oldest] = pages.keys();
      if (pages.size > MAX_PAGES && oldest !== undefined) pages.delete(oldest);
    }
    try {
      return (await page.html).replaceAll(placeholder, () => nonce);
    } catch (error) {
      pages.delete(key);
      throw error;
    }
  };
}
