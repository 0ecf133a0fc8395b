/**
 * Parses the commands `suppressions list` and `suppressions lift`.
 *
 * @module
 */

import { object, or } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { argument, command } from "@optique/core/primitives";
import { string } from "@optique/core/valueparser";
import { commandParser } from "../command.ts";
import { globalOptions, jsonOption } from "../options.ts";

const list = commandParser(
  object({ json: jsonOption, ...globalOptions }),
  async (context, { json }) => (await import("./suppressions.ts")).listSuppressions(context, json),
);

const lift = commandParser(
  object({
    what: argument(string({ metavar: "ADDRESS|@USER:DOMAIN|NUMBER" })),
    ...globalOptions,
  }),
  async (context, { what }) => (await import("./suppressions.ts")).liftSuppressions(context, what),
);

/** The parser. */
export const suppressionsParser = command(
  "suppressions",
  or(
    command("list", list, { brief: message`List the emails that recipients have stopped.` }),
    command("lift", lift, {
      brief: message`Send them again, by address, user or number in the list.`,
    }),
    { errors: { noMatch: message`Write suppressions list or suppressions lift.` } },
  ),
  { brief: message`List the emails that recipients have stopped, or send them again.` },
);
