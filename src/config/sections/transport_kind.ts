/**
 * How mails leave: what the handler and the connector come to.
 *
 * @module
 */

import type { Settings } from "./settings.ts";

/** A way that mails leave by. */
export type MailWay = "smtp" | "file" | "none" | "sendgrid" | "sendmail";

/** The way that is in use: the connector's, unless there is a handler with one of its own. */
export function transportKind(
  { notification, threepid }: Pick<Settings, "notification" | "threepid">,
): MailWay {
  const handler = notification.handler.email;
  return handler === "raw" ? threepid.medium.email.connector : handler;
}
