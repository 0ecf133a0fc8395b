/**
 * Builds the parts that new settings are made into, while the service runs with others.
 *
 * @module
 */

import type { Settings, StoreName } from "../../config/sections/settings.ts";
import { gatheringOf } from "../notify_options.ts";
import type { Platform } from "../platform.ts";
import { StartError } from "../start_error.ts";
import { openTransport } from "../transport.ts";
import { renew, type Renewed } from "./changed_keys.ts";
import { type Kept, openParts, type Parts } from "./parts.ts";

/** What a change of the settings comes to. */
export type Reloaded = Pick<Renewed, "changed" | "atStart">;

/**
 * Builds and checks the parts. What reaches other servers is not asked whether it can be used, as at the
 * start: one that is down for a moment must not keep a change from taking effect.
 *
 * @throws {StartError} When the service has to be started again for the change, or `tls.ca` is wrong.
 * @throws {RenderError} When a template is wrong.
 */
export async function renewParts(
  present: Settings,
  next: Settings,
  stores: readonly StoreName[],
  openPlatform: (settings: Settings) => Platform,
  kept: Kept,
): Promise<Reloaded & { readonly parts: Parts }> {
  if (next.matrix.domain !== present.matrix.domain) {
    throw new StartError(
      "matrix.domain has changed: a service works for one homeserver as long as it runs: restart it",
    );
  }
  const { settings, ...reloaded } = renew(present, next);
  if ((gatheringOf(settings) === undefined) !== (gatheringOf(present) === undefined)) {
    throw new StartError(
      "a template in mxisd's format was added or removed, and emails that wait are put together, or " +
        "taken apart, when the service starts: restart it",
    );
  }
  await using opened = new AsyncDisposableStack();
  const platform = opened.use(openPlatform(settings));
  const transport = openTransport(settings, platform);
  const parts = opened.use(await openParts(settings, stores, platform, transport, kept));
  await parts.load();
  await parts.checkTemplates();
  const rest = opened.move();
  return {
    ...reloaded,
    parts: { ...parts, [Symbol.asyncDispose]: () => rest.disposeAsync() },
  };
}
