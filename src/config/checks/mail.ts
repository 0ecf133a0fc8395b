/**
 * Checks how emails are sent, and the template that they are written from.
 *
 * @module
 */

import type { Settings } from "../sections/settings.ts";
import { transportKind } from "../sections/transport_kind.ts";
import type { Report } from "../source/report.ts";
import { checkHandler } from "./handler.ts";
import { checkSmtp } from "./smtp.ts";

/** Checks the handler, the connector and the template that are in use. */
export function checkMail(
  { notification, threepid }: Partial<Settings>,
  report: Report,
): void {
  if (!threepid || !notification) return;
  checkHandler({ notification, threepid }, report);
  const { connectors } = threepid.medium.email;
  const kind = transportKind({ notification, threepid });
  const path = ["threepid", "medium", "email"];
  if (kind === "smtp") checkSmtp(connectors.smtp, report);
  if (kind === "none") report.add("notice", [...path, "connector"], "no email is sent");
  if (kind === "file" && !connectors.file) {
    const message = 'is missing: write where the emails go, for example "folder: mails"';
    report.add("error", [...path, "connectors", "file", "folder"], message);
  }
}
