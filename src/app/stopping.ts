/**
 * Opens what recipients stop mails with: the link in a mail, and the page behind it.
 *
 * @module
 */

import type { Settings } from "../config/sections/settings.ts";
import { lesserContent } from "../domain/mail_content.ts";
import type { StopPagesOptions } from "../http/stop_pages.ts";
import type { MasterSecret } from "../notify/derived_key.ts";
import type { ModelOptions } from "../notify/mail_model.ts";
import { stopLink } from "../notify/stop_link.ts";
import { type StopTokens, stopTokens } from "../notify/stop_token.ts";
import type { Outbox } from "../outbox/port.ts";
import type { StopHash } from "../outbox/suppressions.ts";
import type { PageRenderer } from "../render/page_port.ts";
import { masterSecret } from "./notify_options.ts";
import type { Platform } from "./platform.ts";
import { checkPublicUrl, pageProof } from "./public_url.ts";
import { openStopPage } from "./renderer.ts";

/** What recipients stop mails with. */
export interface Stopping {
  /** Makes the link of a mail. */
  readonly link: NonNullable<ModelOptions["stopLink"]>;
  /** The options of the pages. */
  readonly pages: StopPagesOptions;
  /** Renders the pages. */
  readonly renderer: PageRenderer;
  /** Checks that the public URL leads to the pages. Never rejects. */
  readonly check: (signal: AbortSignal) => Promise<void>;
}

/**
 * Opens it; `undefined` without a public URL, as nobody could reach the pages.
 *
 * @throws {RenderError} When a template of the administrator's cannot be read.
 */
export function openStopping(
  settings: Settings,
  { secret, suppressions }: Pick<Outbox, "secret" | "suppressions">,
  platform: Pick<Platform, "clock" | "fetch" | "randomBytes">,
): Stopping | undefined {
  const links = openStopLinks(settings, secret, suppressions.hash);
  const { publicUrl } = settings.server;
  if (links === undefined || publicUrl === undefined) return undefined;
  const { tokens, link } = links;
  const { clock, fetch, randomBytes } = platform;
  const proof = pageProof(masterSecret(settings, secret));
  const renderer = openStopPage(settings);
  // The page says no more than the mail did.
  const { content, contentFromOutside } = settings.notify;
  const namesRoom = content !== "minimal";
  const fromOutside = lesserContent(content, contentFromOutside);
  const namesOutside = fromOutside === "full" || fromOutside === "names";
  return {
    link,
    pages: { clock, tokens, suppressions, renderer, namesRoom, namesOutside, proof },
    renderer,
    check: (signal) => checkPublicUrl({ publicUrl, proof, clock, fetch, randomBytes }, signal),
  };
}

/** Only what makes the links of mails; `undefined` without a public URL. */
export function openStopLinks(
  settings: Settings,
  secret: MasterSecret,
  hash: StopHash,
): { readonly tokens: StopTokens; readonly link: Stopping["link"] } | undefined {
  const { matrix: { domain }, notify: { redirectTo }, server: { publicUrl } } = settings;
  if (publicUrl === undefined) return undefined;
  const tokens = stopTokens(masterSecret(settings, secret));
  const options = { publicUrl, tokens, hash, domain, redirectTo };
  return { tokens, link: (mail, language) => stopLink(mail, language, options) };
}
