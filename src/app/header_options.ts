/**
 * What the header fields of mails are made with.
 *
 * @module
 */

import { domainToASCII } from "node:url";
import type { Settings } from "../config/sections/settings.ts";
import { domainOf } from "../domain/email_address.ts";
import type { MasterSecret } from "../notify/derived_key.ts";
import type { MailHeaderOptions } from "../notify/mail_headers.ts";
import { masterSecret } from "./master_secret.ts";
import { sender } from "./transport.ts";

/** The options for mails of an outbox with this secret. */
export function headerOptions(settings: Settings, secret: MasterSecret): MailHeaderOptions {
  const { replyTo, unsubscribe: { mailto } } = settings.notify;
  return {
    domain: domainToASCII(domainOf(sender(settings).address)),
    secret: masterSecret(settings, secret),
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(mailto === undefined ? {} : { unsubscribeMailto: mailto }),
  };
}
