/**
 * The section `threepid`: the sender, the templates and the transport of emails.
 *
 * @module
 */

import { fileSection } from "../../mail/file.ts";
import { smtpSection } from "../../mail/smtp/section.ts";
import { choice, emailAddress, parsed, text } from "../../settings/kinds.ts";
import { plainValue } from "../../settings/plain_value.ts";
import { section } from "../../settings/section.ts";
import { templateFile } from "./template_file.ts";

const registerUrl = plainValue(parsed(
  (value) => {
    const url = URL.parse(value);
    if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) return undefined;
    return url.href === `${value}/` ? value : url.href;
  },
  "a URL such as https://chat.example.org/#/register",
  { repeat: false },
));

const email = section("Emails.", {
  identity: section("The sender.", {
    from: emailAddress().optional().meta({ examples: ["matrix@example.org"] }).describe(
      "The sender's address, such as matrix@example.org.",
    ),
    name: text().prefault("").describe("The sender's name."),
  }),
  connector: choice(["smtp", "none", "file"]).prefault("smtp").describe(
    "How emails are sent: smtp hands them to a mail server, none drops them, file writes each one " +
      "to a folder, for a trial.",
  ),
  connectors: section("The settings of each connector.", {
    smtp: smtpSection.prefault({}).describe("The mail server."),
    file: fileSection.optional().describe("Emails written to files."),
  }),
  generator: choice(["template"]).prefault("template").describe("What writes the emails."),
  generators: section("The settings of each generator.", {
    template: section("Emails that are written from templates.", {
      generic: section("Templates of your own.", {
        matrixId: templateFile().meta({ examples: ["/etc/mxisd/mxid-template.eml"] }).describe(
          "A template of your own in mxisd's format, an .eml file with placeholders such as " +
            "%ROOM_NAME_OR_ID%. By default the built-in email.",
        ),
      }),
      placeholder: section("The values of placeholders.", {
        REGISTER_URL: registerUrl.optional().meta({ examples: ["https://chat.example.org"] })
          .describe(
            "Where people without an account register. By default https:// and the Matrix domain.",
          ),
      }),
    }),
  }),
});

/** The section `threepid`. */
export const threepidSection = section(
  "The sender, the templates and the transport of emails.",
  { medium: section("The media by which people are notified.", { email }) },
);
