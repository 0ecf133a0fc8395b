/**
 * Opens the transport that the settings select.
 *
 * @module
 */

import type { Settings } from "../config/sections/settings.ts";
import { transportKind } from "../config/sections/transport_kind.ts";
import { openFileTransport } from "../mail/file.ts";
import { openNoneTransport } from "../mail/none.ts";
import type { MailTransport } from "../mail/port.ts";
import { openSendgridTransport } from "../mail/sendgrid/transport.ts";
import { openSendmailTransport } from "../mail/sendmail/transport.ts";
import { openSmtpTransport, type SmtpDependencies } from "../mail/smtp/transport.ts";
import type { Limit } from "../settings/duration.ts";
import type { Platform } from "./platform.ts";

/** Opens the transport; `onDialogue` is called with each line of its dialogue. */
export function openTransport(
  settings: Settings,
  { authorities, ...platform }: Platform,
  onDialogue?: SmtpDependencies["onDialogue"],
): MailTransport {
  const { smtp, file } = settings.threepid.medium.email.connectors;
  const { sendgrid, sendmail } = settings.notification.handlers;
  const dependencies = { ...platform, onDialogue };
  const kind = transportKind(settings);
  if (kind === "none") return openNoneTransport();
  if (kind === "file" && file) return openFileTransport(file);
  if (kind === "sendgrid") return openSendgridTransport(sendgrid.api, dependencies);
  if (kind === "sendmail") return openSendmailTransport(sendmail, dependencies);
  return openSmtpTransport({ ...smtp, ca: authorities }, dependencies);
}

/** How many emails the service may give the transport; `null`: any number. */
export function sendRate(settings: Settings): Limit | null {
  return transportKind(settings) === "smtp"
    ? settings.threepid.medium.email.connectors.smtp.rate
    : null;
}
