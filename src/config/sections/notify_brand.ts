/**
 * The section `notify.brand`: how the organisation presents itself in emails.
 *
 * @module
 */

import type { z } from "zod";
import { parsed, path } from "../../settings/kinds.ts";
import { plainValue } from "../../settings/plain_value.ts";
import { section } from "../../settings/section.ts";

// One line, which may be used in a header or a heading.
function line(maxChars: number): z.ZodType<string> {
  return plainText(parsed(
    (value) => value.length <= maxChars && !/\p{Cc}/u.test(value) ? value.trim() : undefined,
    `one line of at most ${maxChars} characters`,
    { repeat: false },
  ));
}

function lines(maxChars: number): z.ZodType<string> {
  return plainText(parsed(
    (value) =>
      value.length <= maxChars && !/[^\P{Cc}\n\r\t]/u.test(value) ? value.trim() : undefined,
    `text of at most ${maxChars} characters`,
    { repeat: false },
  ));
}

function plainText(schema: z.ZodType<string>): z.ZodType<string> {
  return plainValue(schema, "write the text itself; only the templates have placeholders");
}

const color = parsed(
  (value) =>
    /^#?[0-9a-f]{6}$/i.test(value) ? `#${value.replace("#", "").toLowerCase()}` : undefined,
  'a colour in quotation marks, such as "#0f766e"',
);

/** The section `notify.brand`. */
export const brandSection = section("How the organisation presents itself in the built-in email.", {
  product: line(60).prefault("Matrix").describe("The name of the organisation's chat."),
  logo: path("folder").optional().meta({ examples: ["logo.png"] }).describe(
    "A picture at the top of the email: a PNG, JPEG or GIF file of at most 100 KiB. It is read at " +
      "start, and embedded in each email.",
  ),
  color: color.optional().meta({ examples: ["#0f766e"] }).describe(
    'The colour of buttons and links, in quotation marks, such as "#0f766e". It is darkened or ' +
      "lightened where the contrast would be too low.",
  ),
  footer: line(300).prefault("").meta({ examples: ["Example chat is run by our own IT."] })
    .describe("A sentence at the end of the email."),
  support: line(200).prefault("").meta({ examples: ["help@example.org"] }).describe(
    "Where to get help: an email address, a URL, or other text such as a phone number.",
  ),
  imprint: lines(2000).prefault("").meta({ examples: ["Example Ltd, 1 Home Street, Exampleton"] })
    .describe("The sender's legal notice, where the law requires one. It may have several lines."),
  register: line(500).prefault("").meta({ examples: ["Ask the front desk for an account:"] })
    .describe(
      "What people without an account have to do, in your own words. The link of REGISTER_URL " +
        "follows. It is left out for people who are known to have an account.",
    ),
});
