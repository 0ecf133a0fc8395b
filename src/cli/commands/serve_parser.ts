/**
 * Parses the command `serve`, which is the default.
 *
 * @module
 */

import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { command, option } from "@optique/core/primitives";
import { commandParser } from "../command.ts";
import { globalOptions } from "../options.ts";

/** The arguments without the command's name. */
export const defaultParser = commandParser(
  object(globalOptions),
  async (context) => (await import("./serve.ts")).serve(context),
);

/** The arguments of the command. */
export const serveArguments = object({
  reload: option("--reload", {
    description: message`Read the configuration again on SIGHUP, as with server.reload: true.`,
  }),
  ...globalOptions,
});

const parser = commandParser(
  serveArguments,
  async (context, { reload }) => (await import("./serve.ts")).serve(context, reload),
);

/** The parser. */
export const serveParser = command("serve", parser, {
  brief: message`Run the service (the default command).`,
});
