/**
 * Parses the command `send-test`.
 *
 * @module
 */

import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import { argument, command, option } from "@optique/core/primitives";
import { string } from "@optique/core/valueparser";
import { commandParser } from "../command.ts";
import { globalOptions } from "../options.ts";
import { wordValue } from "../values.ts";

const parser = commandParser(
  object({
    address: argument(string({ metavar: "ADDRESS" })),
    sample: optional(
      option("--sample", wordValue("NAME", "samples"), {
        description: message`One of the samples that preview shows, such as outside.`,
      }),
    ),
    language: optional(
      option("--language", wordValue("LANGUAGE", "languages"), {
        description: message`The recipient's language, such as de.`,
      }),
    ),
    ...globalOptions,
  }),
  async (context, args) => (await import("./send_test.ts")).sendTest(context, args),
);

/** The parser. */
export const sendTestParser = command("send-test", parser, {
  brief: message`Send a sample email, and show the dialogue with the mail server.`,
});
