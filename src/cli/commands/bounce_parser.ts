/**
 * Parses the command `bounce`.
 *
 * @module
 */

import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import { command, option } from "@optique/core/primitives";
import { string } from "@optique/core/valueparser";
import { commandParser } from "../command.ts";
import { globalOptions } from "../options.ts";

const parser = commandParser(
  object({
    recipient: optional(option("--recipient", string({ metavar: "ADDRESS" }), {
      description:
        message`The address that the message was sent to. Default: that of the variable ORIGINAL_RECIPIENT, then of the message's header.`,
    })),
    ...globalOptions,
  }),
  async (context, { recipient }) => (await import("./bounce.ts")).bounce(context, recipient),
);

/** The parser. */
export const bounceParser = command("bounce", parser, {
  brief: message`Read an email that came back from standard input, for a mail server.`,
});
