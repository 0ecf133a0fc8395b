/**
 * The section `notification`: what sends the emails.
 *
 * @module
 */

import { sendmailSection } from "../../mail/sendmail/section.ts";
import { choice } from "../../settings/kinds.ts";
import { section } from "../../settings/section.ts";
import { sendgridSection } from "./sendgrid.ts";

/** The section `notification`. */
export const notificationSection = section("What sends the emails.", {
  handler: section("What sends notifications, by medium.", {
    email: choice(["raw", "sendgrid", "sendmail"]).prefault("raw").describe(
      "What sends the emails: raw is the generator and the connector of threepid.medium.email, " +
        "sendmail its generator and a program on this machine, sendgrid the service of that name.",
    ),
  }),
  handlers: section("The settings of each handler.", {
    sendgrid: sendgridSection,
    sendmail: sendmailSection.prefault({}).describe("A program on this machine."),
  }),
});
