/**
 * The section of the configuration that says how mails are handed to a mail server, as
 * `threepid.medium.email.connectors.smtp` in mxisd.
 *
 * @module
 */

import { z } from "zod";
import { HOUR, SECOND } from "../../settings/duration.ts";
import { durationWithin, integer, secret, text } from "../../settings/kinds.ts";
import { dkimSection } from "../compose/dkim_section.ts";

/** How TLS is used. The numbers are mxisd's. */
export type TlsMode = 0 | 1 | 2 | 3;

/** The section's keys; `host` is required where this transport is the one in use. */
export const smtpSection = z.strictObject({
  host: text().default("").describe("The mail server's name or IP address."),
  port: integer(1, 65_535).default(587).describe("The mail server's port."),
  tls: integer(0, 3).transform((mode) => mode as TlsMode).default(1).describe(
    "0: no TLS. 1: STARTTLS if the server offers it. 2: STARTTLS is required. 3: TLS from the start.",
  ),
  login: text().default("").describe("The user to log in as. Without it there is no login."),
  password: secret().optional().describe("The password to log in with."),
  timeout: durationWithin(SECOND, HOUR).default(30 * SECOND).describe(
    "How long to wait for the server at each step.",
  ),
  pool: integer(1, 100).default(5).describe("How many connections are open at the same time."),
  dkim: dkimSection.optional().describe(
    "Signs the mails (DKIM), unless the mail server does. A mail that cannot be signed waits.",
  ),
});

/** The section's settings. */
export type SmtpSettings = z.output<typeof smtpSection>;
