/**
 * The section `notify.brand`: how the organisation presents itself in mails.
 *
 * @module
 */

import type { z } from "zod";
import { parsed, path } from "../../settings/kinds.ts";
import { section } from "../../settings/section.ts";

// One line, as it may stand in a header or a heading as well.
function line(longest: number): z.ZodType<string> {
  return parsed(
    (value) => value.length <= longest && !/\p{Cc}/u.test(value) ? value.trim() : undefined,
    `one line of at most ${longest} characters`,
    { repeat: false },
  );
}

function lines(longest: number): z.ZodType<string> {
  return parsed(
    (value) =>
      value.length <= longest && !/[^\P{Cc}\n\r\t]/u.test(value) ? value.trim() : undefined,
    `text of at most ${longest} characters`,
    { repeat: false },
  );
}

const color = parsed(
  (value) =>
    /^#?[0-9a-f]{6}$/i.test(value) ? `#${value.replace("#", "").toLowerCase()}` : undefined,
  'a colour in quotation marks, such as "#0f766e"',
);

/** The section `notify.brand`. */
export const brandSection = section("How the organisation presents itself in the built-in mail.", {
  product: line(60).prefault("Matrix").describe("What the organisation calls its chat."),
  logo: path("folder").optional().meta({ examples: ["logo.png"] }).describe(
    "A picture at the mail's top: a PNG, JPEG or GIF file of at most 100 KiB. It is read at the " +
      "start, and goes along with each mail.",
  ),
  color: color.optional().meta({ examples: ["#0f766e"] }).describe(
    'The colour of buttons and links, in quotation marks, such as "#0f766e". It is made darker or ' +
      "lighter where it could not be read.",
  ),
  footer: line(300).prefault("").meta({ examples: ["Example chat is run by our own IT."] })
    .describe("A sentence at the mail's end."),
  support: line(200).prefault("").meta({ examples: ["help@example.org"] }).describe(
    "Where to ask for help: a mail address, a URL, or any other text, such as a number to call.",
  ),
  imprint: lines(2000).prefault("").meta({ examples: ["Example Ltd, 1 Home Street, Exampleton"] })
    .describe("Who sends the mail, where the law wants that told. It may have several lines."),
  register: line(500).prefault("").meta({ examples: ["Ask the front desk for an account:"] })
    .describe(
      "What people without an account have to do, in words of your own. The link of REGISTER_URL " +
        "follows it. Those who are known to have an account are not told.",
    ),
});
