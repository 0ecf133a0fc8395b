/**
 * What the header fields of mails are made with.
 *
 * @module
 */

import { domainToASCII } from "node:url";
import type { Settings } from "../config/settings.ts";
import type { MasterSecret } from "../notify/derived_key.ts";
import type { MailHeaderOptions } from "../notify/mail_headers.ts";
import { sender } from "./transport.ts";

/** The options for mails of an outbox with this secret. */
export function headerOptions(settings: Settings, secret: MasterSecret): MailHeaderOptions {
  const { replyTo, secret: override, unsubscribe: { mailto } } = settings.notify;
  const { address } = sender(settings);
  return {
    domain: domainToASCII(address.slice(address.lastIndexOf("@") + 1)),
    secret: override?.reveal() ?? secret,
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(mailto === undefined ? {} : { unsubscribeMailto: mailto }),
  };
}
