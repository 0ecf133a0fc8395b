/**
 * Which transport the settings select.
 *
 * @module
 */

import type { Settings } from "./settings.ts";

/** A kind of transport for emails. */
export type TransportKind = "smtp" | "file" | "none" | "sendgrid" | "sendmail";

/** The selected transport: the connector's, unless the handler has one of its own. */
export function transportKind(
  { notification, threepid }: Pick<Settings, "notification" | "threepid">,
): TransportKind {
  const handler = notification.handler.email;
  return handler === "raw" ? threepid.medium.email.connector : handler;
}
