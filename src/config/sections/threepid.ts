/**
 * The section `threepid`: who the mails come from, what they look like, and how they leave.
 *
 * @module
 */

import { fileSection } from "../../mail/file.ts";
import { smtpSection } from "../../mail/smtp/section.ts";
import { choice, emailAddress, parsed, text } from "../../settings/kinds.ts";
import { section } from "../../settings/section.ts";
import { templateFile } from "./template_file.ts";

const registerUrl = parsed(
  (value) => {
    const url = URL.parse(value);
    if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) return undefined;
    return url.href === `${value}/` ? value : url.href;
  },
  "a URL such as https://chat.example.org/#/register",
  { repeat: false },
);

const email = section("Mails.", {
  identity: section("Who the mails come from.", {
    from: emailAddress().optional().meta({ examples: ["matrix@example.org"] }).describe(
      "The address that the mails come from, such as matrix@example.org.",
    ),
    name: text().prefault("").describe("The name that the mails come from."),
  }),
  connector: choice(["smtp", "none", "file"]).prefault("smtp").describe(
    "How mails leave: smtp hands them to a mail server, none drops them, file writes each one " +
      "into a folder, for trying out.",
  ),
  connectors: section("The settings of each way that mails leave by.", {
    smtp: smtpSection.prefault({}).describe("The mail server."),
    file: fileSection.optional().describe("Mails that become files."),
  }),
  generator: choice(["template"]).prefault("template").describe("What writes the mails."),
  generators: section("The settings of what writes the mails.", {
    template: section("The mails that are written from templates.", {
      generic: section("Templates of your own.", {
        matrixId: templateFile().meta({ examples: ["/etc/mxisd/mxid-template.eml"] }).describe(
          "A template of your own in mxisd's form, an .eml file with placeholders such as " +
            "%ROOM_NAME_OR_ID%. Without it the mail is the built-in one.",
        ),
      }),
      placeholder: section("What stands in the place of placeholders.", {
        REGISTER_URL: registerUrl.optional().meta({ examples: ["https://chat.example.org"] })
          .describe(
            "Where people without an account go. Without it: https:// and the Matrix domain.",
          ),
      }),
    }),
  }),
});

/** The section `threepid`. */
export const threepidSection = section(
  "Who the mails come from, what they look like, and how they leave.",
  { medium: section("The ways to reach people.", { email }) },
);
