/**
 * How recipients stop mails: the link in a mail, and the page that it leads to.
 *
 * @module
 */

import type { Settings } from "../config/settings.ts";
import type { StopPagesOptions } from "../http/stop_pages.ts";
import type { ModelOptions } from "../notify/mail_model.ts";
import { stopLink } from "../notify/stop_link.ts";
import { stopTokens } from "../notify/stop_token.ts";
import type { Outbox } from "../outbox/port.ts";
import type { Platform } from "../platform.ts";
import type { PageRenderer } from "../render/page_port.ts";
import { openStopPage } from "./stop_page.ts";

/** What recipients stop mails with. */
export interface Stopping {
  /** Makes the link of a mail. */
  readonly link: NonNullable<ModelOptions["stopLink"]>;
  /** What the pages need. */
  readonly pages: StopPagesOptions;
  /** Draws the pages, and loads what it needs for that. */
  readonly renderer: PageRenderer;
}

/**
 * Opens it; `undefined` without a public URL, as then nobody could reach the pages.
 *
 * @throws {RenderError} When a template of the administrator's cannot be read.
 */
export function openStopping(
  settings: Settings,
  { secret, suppressions }: Pick<Outbox, "secret" | "suppressions">,
  { clock, randomBytes }: Pick<Platform, "clock" | "randomBytes">,
): Stopping | undefined {
  const { notify, server: { publicUrl } } = settings;
  if (publicUrl === undefined) return undefined;
  const tokens = stopTokens(notify.secret?.reveal() ?? secret);
  const { redirectTo, content } = notify;
  const renderer = openStopPage(settings);
  return {
    link: (mail, language) =>
      stopLink(mail, language, {
        publicUrl,
        tokens,
        hash: suppressions.hash,
        ...(redirectTo === undefined ? {} : { redirectTo }),
      }),
    pages: {
      clock,
      randomBytes,
      tokens,
      suppressions,
      renderer,
      // The page tells no more than the mail did.
      namesRoom: content !== "minimal",
    },
    renderer,
  };
}
