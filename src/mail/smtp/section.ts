/**
 * The configuration section `threepid.medium.email.connectors.smtp`.
 *
 * @module
 */

import { z } from "zod";
import {
  formatLimit,
  HOUR,
  type Limit,
  MINUTE,
  parseLimit,
  SECOND,
} from "../../settings/duration.ts";
import { hostName } from "../../settings/host.ts";
import { durationWithin, integer, parsed, secret, text } from "../../settings/kinds.ts";
import { notation } from "../../settings/scalar.ts";
import { dkimSection } from "../compose/dkim_section.ts";
import { clientName } from "./client_name.ts";
import { oauthSection } from "./oauth_section.ts";

/** How TLS is used, as in mxisd. See the description of `tls` in {@linkcode smtpSection}. */
export type TlsMode = 0 | 1 | 2 | 3;

// A number is one for each minute. YAML 1.1 reads an unquoted `off` as false.
const sendRate = parsed((value): Limit | null | undefined => {
  if (/^[1-9][0-9]{0,5}$/.test(value)) return { count: Number(value), per: MINUTE };
  return parseLimit(value === "false" ? "off" : value);
}, "a number of emails a minute such as 30, a limit such as 500/hour, or off").register(notation, {
  write: (value) => formatLimit(value as Limit | null),
});

/** The section's keys. `host` is required if this transport is used. */
export const smtpSection = z.strictObject({
  host: hostName("smtp.example.org").default("").describe(
    "The mail server's name or IP address.",
  ),
  port: integer(1, 65_535).default(587).describe("The mail server's port."),
  tls: integer(0, 3).transform((mode) => mode as TlsMode).default(1).describe(
    "0: no TLS. 1: STARTTLS if the server offers it. 2: STARTTLS is required. 3: TLS from the start.",
  ),
  login: text().default("").describe("The user to log in as. Empty: no login."),
  password: secret().optional().describe("The password to log in with."),
  oauth2: oauthSection.optional().describe(
    "Logs in with an access token (OAuth 2.0) instead of a password.",
  ),
  name: clientName().optional().meta({ examples: ["chat.example.org"] }).describe(
    "The name of this machine that the mail server is told (EHLO). By default the machine's full " +
      "name, otherwise the sender's domain.",
  ),
  timeout: durationWithin(SECOND, HOUR).default(30 * SECOND).describe(
    "How long to wait for the server at each step.",
  ),
  pool: integer(1, 100).default(3).describe(
    "The maximum number of connections. Exchange Online allows three.",
  ),
  rate: sendRate.default(null).describe(
    "The most emails that the service sends in any minute, such as 30, or off. The others wait.",
  ),
  dkim: dkimSection.optional().describe(
    "Signs the emails (DKIM), if the mail server does not. Without a signature an email is not sent.",
  ),
});

/** The section's settings. */
export type SmtpSettings = z.output<typeof smtpSection>;
