/**
 * Says where the links of emails lead unless they are configured.
 *
 * @module
 */

import type { Settings } from "../sections/settings.ts";
import { transportKind } from "../sections/transport_kind.ts";
import type { Path } from "../source/positions.ts";
import type { Report } from "../source/report.ts";

const TEMPLATE = ["threepid", "medium", "email", "generators", "template"];

/** Notices for links that are not set, with what to write. Errors come first. */
export function adviseOnLinks(settings: Partial<Settings>, report: Report): void {
  const { matrix, notification, threepid } = settings;
  if (report.refused || !matrix || !notification || !threepid) return;
  const isSet = (path: Path) => report.positions.find(path) !== undefined;
  if (!isSet(["notify", "link"]) && !hasOwnTemplate({ notification, threepid })) {
    const message = "is not set, so that the button in emails leads to matrix.to, where people " +
      "choose a client: write the address of yours, for example " +
      '"link: https://chat.example.org/#/room/{room}?{via}"';
    report.add("notice", ["notify", "link"], message);
  }
  const registerUrl = [...TEMPLATE, "placeholder", "REGISTER_URL"];
  if (!isSet(registerUrl)) {
    const message = `is not set, so that people without an account are sent to ` +
      `https://${matrix.domain}: write where they sign in for the first time, for example ` +
      '"REGISTER_URL: https://chat.example.org"';
    report.add("notice", registerUrl, message);
  }
}

// mxisd's templates have no placeholder for the link.
function hasOwnTemplate(settings: Pick<Settings, "notification" | "threepid">): boolean {
  const { handlers } = settings.notification;
  const { body } = handlers.sendgrid.templates.generic.matrixId;
  return transportKind(settings) === "sendgrid"
    ? body.text !== undefined || body.html !== undefined
    : settings.threepid.medium.email.generators.template.generic.matrixId !== undefined;
}
