/**
 * Parses the commands `health` and `ready`.
 *
 * @module
 */

import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { map, optional } from "@optique/core/modifiers";
import { command, flag } from "@optique/core/primitives";
import { commandParser } from "../command.ts";
import { globalOptions } from "../options.ts";

const health = commandParser(
  object(globalOptions),
  async (context) => (await import("./ask.ts")).health(context),
);

/** The parser of `health`. */
export const healthParser = command("health", health, {
  brief: message`Ask the service whether it is alive.`,
});

const ready = commandParser(
  object({
    delivery: map(
      optional(flag("--delivery", { description: message`Whether emails go out as well.` })),
      (given) => given === true,
    ),
    ...globalOptions,
  }),
  async (context, args) => (await import("./ask.ts")).ready(context, args),
);

/** The parser of `ready`. */
export const readyParser = command("ready", ready, {
  brief: message`Ask the service whether it takes transactions.`,
});
