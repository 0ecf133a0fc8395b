/**
 * Parses the command `simulate`.
 *
 * @module
 */

import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { map, optional } from "@optique/core/modifiers";
import { argument, command, flag } from "@optique/core/primitives";
import { string } from "@optique/core/valueparser";
import { commandParser } from "../command.ts";
import { globalOptions, jsonOption } from "../options.ts";

const parser = commandParser(
  object({
    inviter: argument(string({ metavar: "@INVITER:DOMAIN" })),
    invitee: argument(string({ metavar: "@INVITEE:DOMAIN" })),
    send: map(
      optional(
        flag("--send", { description: message`Send the email, to the address that was found.` }),
      ),
      (given) => given === true,
    ),
    json: jsonOption,
    ...globalOptions,
  }),
  async (context, args) => (await import("./simulate.ts")).simulateInvite(context, args),
);

/** The parser. */
export const simulateParser = command("simulate", parser, {
  brief: message`Show step by step what an invite would lead to, without a homeserver.`,
});
