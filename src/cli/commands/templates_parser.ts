/**
 * Parses the command `templates check`.
 *
 * @module
 */

import { object, or } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { command } from "@optique/core/primitives";
import { commandParser } from "../command.ts";
import { globalOptions, templateOption } from "../options.ts";

const check = commandParser(
  object({ template: templateOption, ...globalOptions }),
  async (context, { template }) =>
    (await import("./templates_check.ts")).templatesCheck(context, template),
);

/** The parser. */
export const templatesParser = command(
  "templates",
  or(
    command("check", check, {
      brief: message`Render every sample in every language, and report problems.`,
    }),
    { errors: { noMatch: message`Write templates check.` } },
  ),
  { brief: message`Check the email templates: templates check.` },
);
