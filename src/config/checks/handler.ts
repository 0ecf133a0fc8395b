/**
 * What has to be there for the handler of mails that is in use.
 *
 * @module
 */

import { isUnencrypted } from "../../domain/loopback.ts";
import { quoted } from "../../text/printable.ts";
import type { Settings } from "../sections/settings.ts";
import type { ConfigEnvironment } from "../source/environment.ts";
import type { Report } from "../source/report.ts";

const EMAIL = ["threepid", "medium", "email"];
const SENDGRID = ["notification", "handlers", "sendgrid"];
const TEMPLATE = [...SENDGRID, "templates", "generic", "matrixId"];

/** Looks at the handler's settings and at who the mails come from. */
export function checkHandler(
  settings: Pick<Settings, "notification" | "threepid">,
  report: Report,
  environment: ConfigEnvironment,
): void {
  const { handler: { email: handler }, handlers: { sendmail } } = settings.notification;
  const { connector } = settings.threepid.medium.email;
  if (handler !== "raw" && connector !== "smtp") {
    const message = `does not count with notification.handler.email: ${handler}, which sends all ` +
      `mails: write raw there for ${connector}`;
    report.add("warning", [...EMAIL, "connector"], message);
  }
  checkSender(settings, report);
  if (handler === "sendgrid") checkSendgrid(settings, report, environment);
  if (handler === "sendmail" && !environment.exists(sendmail.command)) {
    const message = `there is no program ${quoted(sendmail.command)}: write the path of one`;
    report.add("error", ["notification", "handlers", "sendmail", "command"], message);
  }
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
    const message = "does not count: notification.handlers.sendgrid.identity.from does";
    report.add("notice", [...EMAIL, "identity", "from"], message);
  }
}

function checkSendgrid(
  { notification, threepid }: Pick<Settings, "notification" | "threepid">,
  report: Report,
  environment: ConfigEnvironment,
): void {
  const { api, templates } = notification.handlers.sendgrid;
  if (api.key === undefined || api.key.reveal() === "") {
    const message =
      'is missing: write SendGrid\'s API key, for example "key: { file: sendgrid_key }"';
    report.add("error", [...SENDGRID, "api", "key"], message);
  }
  if (isUnencrypted(api.url)) {
    const message = "the API key would cross the network in the clear: write https://";
    report.add("error", [...SENDGRID, "api", "url"], message);
  }
  const { subject, body } = templates.generic.matrixId;
  const files = (["text", "html"] as const).filter((part) => body[part] !== undefined);
  for (const part of files) {
    if (environment.exists(body[part] ?? "")) continue;
    const message = `there is no file ${quoted(body[part] ?? "")}: name your template, or remove ` +
      "the line";
    report.add("error", [...TEMPLATE, "body", part], message);
  }
  if (files.length > 0 && (subject ?? "").trim() === "") {
    const message = 'is missing: write, for example, "subject: %SENDER_NAME_OR_ID% invites you"';
    report.add("error", [...TEMPLATE, "subject"], message);
  }
  if (files.length === 0 && subject !== undefined) {
    const message = "does not count without a body: name a file in body.text or body.html, or " +
      "remove the line";
    report.add("warning", [...TEMPLATE, "subject"], message);
  }
  checkEml(threepid.medium.email.generators.template.generic.matrixId, files.length > 0, report);
}

// mxisd read it for the other handler alone.
function checkEml(eml: string | undefined, hasTemplates: boolean, report: Report): void {
  if (eml === undefined) return;
  const path = [...EMAIL, "generators", "template", "generic", "matrixId"];
  const instead = "notification.handlers.sendgrid.templates.generic.matrixId";
  if (hasTemplates) {
    report.add("notice", path, `does not count with the handler sendgrid: ${instead} does`);
  } else {
    const message =
      "an .eml file cannot be sent by the handler sendgrid: remove the line for the " +
      `built-in mail, or write subject, body.text and body.html in ${instead}`;
    report.add("error", path, message);
  }
}
