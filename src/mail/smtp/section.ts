/**
 * The configuration section `threepid.medium.email.connectors.smtp`.
 *
 * @module
 */

import { z } from "zod";
import { HOUR, SECOND } from "../../settings/duration.ts";
import { hostName } from "../../settings/host.ts";
import { durationWithin, integer, secret, text } from "../../settings/kinds.ts";
import { dkimSection } from "../compose/dkim_section.ts";

/** How TLS is used, as in mxisd. See the description of `tls` in {@linkcode smtpSection}. */
export type TlsMode = 0 | 1 | 2 | 3;

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
  timeout: durationWithin(SECOND, HOUR).default(30 * SECOND).describe(
    "How long to wait for the server at each step.",
  ),
  pool: integer(1, 100).default(5).describe("The maximum number of connections."),
  dkim: dkimSection.optional().describe(
    "Signs the emails (DKIM), if the mail server does not. Without a signature an email is not sent.",
  ),
});

/** The section's settings. */
export type SmtpSettings = z.output<typeof smtpSection>;
