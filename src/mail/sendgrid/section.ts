/**
 * The section of the configuration for SendGrid's Web API, as `notification.handlers.sendgrid.api`
 * in mxisd.
 *
 * @module
 */

import { z } from "zod";
import { MINUTE, SECOND } from "../../settings/duration.ts";
import { durationWithin, httpUrl, secret } from "../../settings/kinds.ts";

/** The section's keys; `key` is required where this transport is the one in use. */
export const sendgridApiSection = z.strictObject({
  key: secret().refine(
    // It is sent in a header field; the error for characters that cannot be there would quote it.
    (key) => /^[\x21-\x7E]*$/.test(key.reveal()),
    "expected SendGrid's API key: one word of letters, digits, dots, - and _",
  ).optional().describe("The API key; it needs the permission Mail Send."),
  url: httpUrl().prefault("https://api.sendgrid.com").describe(
    "Where the API is: https://api.eu.sendgrid.com for subusers in the European Union.",
  ),
  timeout: durationWithin(SECOND, 5 * MINUTE).default(30 * SECOND).describe(
    "How long SendGrid may take to answer.",
  ),
});

/** The section's settings. */
export type SendgridApiSettings = z.output<typeof sendgridApiSection>;
