/**
 * Parses the command `demo`.
 *
 * @module
 */

import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { command, option } from "@optique/core/primitives";
import { commandParser } from "../command.ts";
import { globalOptions } from "../options.ts";

const parser = commandParser(
  object({
    keep: option("--keep", {
      description: message`Keep running, with a page that shows the emails.`,
    }),
    ...globalOptions,
  }),
  async (context, { keep }) => (await import("./demo.ts")).demo(context, keep),
);

/** The parser. */
export const demoParser = command("demo", parser, {
  brief: message`Show an invitation from the homeserver to the email, without setup.`,
});
