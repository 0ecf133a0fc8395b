/**
 * Parses the command `lookup`.
 *
 * @module
 */

import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { argument, command } from "@optique/core/primitives";
import { string } from "@optique/core/valueparser";
import { commandParser } from "../command.ts";
import { globalOptions, jsonOption } from "../options.ts";

const parser = commandParser(
  object({
    user: argument(string({ metavar: "@USER:DOMAIN" })),
    json: jsonOption,
    ...globalOptions,
  }),
  async (context, args) => (await import("./lookup.ts")).lookup(context, args),
);

/** The parser. */
export const lookupParser = command("lookup", parser, {
  brief: message`Show what each identity store returns for a user.`,
});
