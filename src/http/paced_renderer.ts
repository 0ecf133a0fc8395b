/**
 * Renders pages one after the other, with turns for everything else in between: a page takes about a
 * millisecond, and strangers can request hundreds at once.
 *
 * @module
 */

import type { PageRenderer } from "../render/page_port.ts";
import type { Clock } from "../system/clock.ts";
import { letOthersIn } from "../system/let_others_in.ts";

const MAX_HELD_MS = 10;

/** Lets other requests in whenever pages have taken 10 ms. */
export function paceRenderer(
  renderer: Pick<PageRenderer, "render">,
  clock: Pick<Clock, "monotonic">,
): Pick<PageRenderer, "render"> {
  let held = 0;
  let last: Promise<unknown> = Promise.resolve();
  return {
    render(model) {
      const page = last.then(async () => {
        if (held >= MAX_HELD_MS) {
          await letOthersIn();
          held = 0;
        }
        const start = clock.monotonic();
        try {
          return await renderer.render(model);
        } finally {
          held += clock.monotonic() - start;
        }
      });
      last = page.catch(() => {});
      return page;
    },
  };
}
