/**
 * Reads how the organisation presents itself in mails: its settings and its logo.
 *
 * @module
 */

import type { Settings } from "../config/sections/settings.ts";
import { transportKind } from "../config/sections/transport_kind.ts";
import type { Mailbox } from "../domain/message.ts";
import type { Logo } from "../render/liquid/palette.ts";
import { parsePicture, type Picture } from "../render/liquid/picture.ts";
import { type MailModel, RenderError } from "../render/port.ts";
import { printable } from "../text/printable.ts";
import { readConfiguredFile } from "./configured_file.ts";

// Follows `cid:`. One name for all mails is enough: a mail client looks for it in the same mail only.
const CONTENT_ID = "logo@appservice-mxisd";

/** The brand as templates see it. */
export function brandOf({ notify: { brand } }: Settings): MailModel["brand"] {
  const { logo, color = "", ...texts } = brand;
  return { ...texts, color, logo: logo === undefined ? "" : `cid:${CONTENT_ID}` };
}

/** The page on which people without an account get one. */
export function registerUrl({ matrix, threepid }: Settings): string {
  const { REGISTER_URL } = threepid.medium.email.generators.template.placeholder;
  return REGISTER_URL ?? `https://${matrix.domain}`;
}

/**
 * Reads the logo; `undefined` when there is none.
 *
 * @param otherwise The logo of an organisation that has none.
 *
 * @throws {RenderError} When the file cannot be read, or is not a picture that mail clients show.
 */
export function openLogo({ notify: { brand } }: Settings, otherwise?: Picture): Logo | undefined {
  if (brand.logo === undefined) return otherwise && { contentId: CONTENT_ID, picture: otherwise };
  const picture = parsePicture(readConfiguredFile(brand.logo));
  if (typeof picture === "string") throw new RenderError(`${printable(brand.logo)} ${picture}`);
  return { contentId: CONTENT_ID, picture };
}

/** The sender of all mails: SendGrid's own identity takes precedence over the general one. */
export function sender({ notification, threepid }: Settings): Mailbox {
  const general = threepid.medium.email.identity;
  const own = transportKind({ notification, threepid }) === "sendgrid"
    ? notification.handlers.sendgrid.identity
    : undefined;
  const address = own?.from ?? general.from;
  // The configuration is refused without one.
  if (address === undefined) throw new TypeError("identity.from is missing");
  return { name: own?.name || general.name, address };
}
