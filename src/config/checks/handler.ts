/**
 * Checks the settings of the selected email handler.
 *
 * @module
 */

import { isUnencrypted } from "../../domain/loopback.ts";
import type { Settings } from "../sections/settings.ts";
import type { Report } from "../source/report.ts";

const EMAIL = ["threepid", "medium", "email"];
const SENDGRID = ["notification", "handlers", "sendgrid"];
const TEMPLATE = [...SENDGRID, "templates", "generic", "matrixId"];

/** Checks the handler's settings and the sender's address. */
export function checkHandler(
  settings: Pick<Settings, "notification" | "threepid">,
  report: Report,
): void {
  const { handler: { email: handler } } = settings.notification;
  const { connector } = settings.threepid.medium.email;
  if (handler !== "raw" && connector !== "smtp") {
    const message = `has no effect with notification.handler.email: ${handler}, which sends all ` +
      `emails: write raw there for ${connector}`;
    report.add("warning", [...EMAIL, "connector"], message);
  }
  checkSender(settings, report);
  if (handler === "sendgrid") checkSendgrid(settings, report);
}

function checkSender(
  { notification, threepid }: Pick<Settings, "notification" | "threepid">,
  report: Report,
): void {
  const { from } = threepid.medium.email.identity;
  const sendgrid = notification.handler.email === "sendgrid";
  const own = sendgrid ? notification.handlers.sendgrid.identity.from : undefined;
  if (own === undefined && from === undefined) {
    const path = [...(sendgrid ? SENDGRID : EMAIL), "identity", "from"];
    report.add("error", path, 'is missing: write, for example, "from: matrix@example.org"');
  } else if (own !== undefined && from !== undefined && own !== from) {
    const message = "is ignored: notification.handlers.sendgrid.identity.from is used";
    report.add("notice", [...EMAIL, "identity", "from"], message);
  }
}

function checkSendgrid(
  { notification, threepid }: Pick<Settings, "notification" | "threepid">,
  report: Report,
): void {
  const { api, templates } = notification.handlers.sendgrid;
  if (api.key === undefined || api.key.reveal() === "") {
    const message =
      'is missing: write SendGrid\'s API key, for example "key: { file: sendgrid_key }"';
    report.add("error", [...SENDGRID, "api", "key"], message);
  }
  if (isUnencrypted(api.url)) {
    const message = "the API key would be sent unencrypted: write https://";
    report.add("error", [...SENDGRID, "api", "url"], message);
  }
  const { subject, body } = templates.generic.matrixId;
  const files = (["text", "html"] as const).filter((part) => body[part] !== undefined);
  if (files.length > 0 && (subject ?? "").trim() === "") {
    const message = 'is missing: write, for example, "subject: %SENDER_NAME_OR_ID% invites you"';
    report.add("error", [...TEMPLATE, "subject"], message);
  }
  if (files.length === 0 && subject !== undefined) {
    const message = "has no effect without a body: name a file in body.text or body.html, or " +
      "remove the line";
    report.add("warning", [...TEMPLATE, "subject"], message);
  }
  checkEml(threepid.medium.email.generators.template.generic.matrixId, files.length > 0, report);
}

// mxisd used it only for the other handler.
function checkEml(eml: string | undefined, hasTemplates: boolean, report: Report): void {
  if (eml === undefined) return;
  const path = [...EMAIL, "generators", "template", "generic", "matrixId"];
  const instead = "notification.handlers.sendgrid.templates.generic.matrixId";
  if (hasTemplates) {
    report.add("notice", path, `is ignored with the handler sendgrid: ${instead} is used`);
  } else {
    const message =
      "the handler sendgrid cannot send an .eml file: remove the line for the built-in email, or " +
      `write subject, body.text and body.html in ${instead}`;
    report.add("error", path, message);
  }
}
