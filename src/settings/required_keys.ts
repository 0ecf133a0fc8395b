/**
 * Keys that are required only in an enabled section.
 *
 * @module
 */

import type { z } from "zod";

/** Reports the keys that an enabled section lacks. */
export function requireKeys<Section extends { readonly enabled: boolean }>(
  store: string,
  section: Section,
  keys: readonly (keyof Section & string)[],
  context: z.RefinementCtx,
): void {
  if (!section.enabled) return;
  const message = `is missing: ${store}.enabled needs it`;
  for (const key of keys) {
    if (section[key] === undefined) context.addIssue({ code: "custom", path: [key], message });
  }
}
