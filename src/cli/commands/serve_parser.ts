/**
 * Parses the command `serve`, which is the default.
 *
 * @module
 */

import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { command } from "@optique/core/primitives";
import { commandParser } from "../command.ts";
import { globalOptions } from "../options.ts";

/** The arguments without the command's name. */
export const defaultParser = commandParser(
  object(globalOptions),
  async (context) => (await import("./serve.ts")).serve(context),
);

/** The parser. */
export const serveParser = command("serve", defaultParser, {
  brief: message`Run the service (the default command).`,
});
