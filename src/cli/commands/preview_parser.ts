/**
 * Parses the command `preview`.
 *
 * @module
 */

import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import { command, option } from "@optique/core/primitives";
import { commandParser } from "../command.ts";
import { globalOptions, templateOption } from "../options.ts";
import { pathValue, wordValue } from "../values.ts";

const parser = commandParser(
  object({
    template: templateOption,
    language: optional(
      option("--language", wordValue("LANGUAGE", "languages"), {
        description: message`The only language, such as de. Default: all languages.`,
      }),
    ),
    output: optional(
      option("-o", "--output", pathValue("PATH", "directory"), {
        description: message`The folder for the files. Default: a new temporary folder.`,
      }),
    ),
    open: option("--open", { description: message`Open them in the browser.` }),
    ...globalOptions,
  }),
  async (context, args) => (await import("./preview.ts")).preview(context, args),
);

/** The parser. */
export const previewParser = command("preview", parser, {
  brief: message`Write sample emails to files, and a page that shows them side by side.`,
});
