/**
 * Parses the command `register`.
 *
 * @module
 */

import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import { command, option } from "@optique/core/primitives";
import { commandParser } from "../command.ts";
import { globalOptions } from "../options.ts";
import { pathValue } from "../values.ts";

const parser = commandParser(
  object({
    output: optional(
      option("-o", "--output", pathValue("FILE", "file"), {
        description:
          message`The registration file. A file that exists is checked and left as it is.`,
      }),
    ),
    ...globalOptions,
  }),
  async (context, { output }) => (await import("./register.ts")).register(context, output),
);

/** The parser. */
export const registerParser = command("register", parser, {
  brief: message`Write the homeserver's registration file, or check an existing one.`,
});
