/**
 * The section `notification.handlers.sendgrid`: emails by SendGrid's Web API.
 *
 * @module
 */

import { sendgridApiSection } from "../../mail/sendgrid/section.ts";
import { emailAddress, text } from "../../settings/kinds.ts";
import { section } from "../../settings/section.ts";
import { templateFile } from "./template_file.ts";

// deno-lint-ignore no-control-regex -- those are meant
const CONTROL = /[\u0000-\u001F\u007F-\u009F\u2028\u2029]/;

const body = section("The files with the parts of the email, which may contain placeholders.", {
  text: templateFile().meta({ examples: ["/etc/mxisd/mxid-template.txt"] }).describe(
    "A file with the text. Without it the email has no text part.",
  ),
  html: templateFile().meta({ examples: ["/etc/mxisd/mxid-template.html"] }).describe(
    "A file with the HTML. Without it the email has no HTML part.",
  ),
});

/** The section `notification.handlers.sendgrid`. */
export const sendgridSection = section("SendGrid's Web API.", {
  api: sendgridApiSection.prefault({}).describe("How to reach SendGrid."),
  identity: section("The sender, which takes precedence over threepid.medium.email.identity.", {
    from: emailAddress().optional().meta({ examples: ["matrix@example.org"] }).describe(
      "The sender's address, which must be a verified sender at SendGrid.",
    ),
    name: text().prefault("").describe("The sender's name."),
  }),
  templates: section("Templates of your own.", {
    generic: section("Templates of your own.", {
      matrixId: section("The email for an invitation.", {
        subject: text().refine((value) => !CONTROL.test(value), "expected one line").optional()
          .meta({ examples: ["%SENDER_NAME_OR_ID% has invited you"] }).describe(
            "The subject, with placeholders such as %ROOM_NAME_OR_ID%.",
          ),
        body,
      }),
    }),
  }),
});
