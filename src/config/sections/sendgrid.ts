/**
 * The section `notification.handlers.sendgrid`: mails by SendGrid's Web API.
 *
 * @module
 */

import { sendgridApiSection } from "../../mail/sendgrid/section.ts";
import { emailAddress, text } from "../../settings/kinds.ts";
import { section } from "../../settings/section.ts";
import { templateFile } from "./template_file.ts";

// deno-lint-ignore no-control-regex -- those are meant
const CONTROL = /[\u0000-\u001F\u007F-\u009F\u2028\u2029]/;

const body = section("The files that the mail's parts are made of, with placeholders.", {
  text: templateFile().meta({ examples: ["/etc/mxisd/mxid-template.txt"] }).describe(
    "A file with the text. Without it the mail has none.",
  ),
  html: templateFile().meta({ examples: ["/etc/mxisd/mxid-template.html"] }).describe(
    "A file with the HTML. Without it the mail has none.",
  ),
});

/** The section `notification.handlers.sendgrid`. */
export const sendgridSection = section("SendGrid, by its Web API.", {
  api: sendgridApiSection.prefault({}).describe("How to reach SendGrid."),
  identity: section("Who the mails come from, before threepid.medium.email.identity.", {
    from: emailAddress().optional().meta({ examples: ["matrix@example.org"] }).describe(
      "The address that the mails come from; SendGrid has to know it as a verified sender.",
    ),
    name: text().prefault("").describe("The name that the mails come from."),
  }),
  templates: section("Templates of your own.", {
    generic: section("Templates of your own.", {
      matrixId: section("The mail that tells of an invitation.", {
        subject: text().refine((value) => !CONTROL.test(value), "expected one line").optional()
          .meta({ examples: ["%SENDER_NAME_OR_ID% has invited you"] }).describe(
            "The subject, with placeholders such as %ROOM_NAME_OR_ID%.",
          ),
        body,
      }),
    }),
  }),
});
