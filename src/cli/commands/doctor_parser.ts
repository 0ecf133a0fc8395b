/**
 * Parses the commands `doctor` and `doctor store`.
 *
 * @module
 */

import { object, or } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { multiple, optional } from "@optique/core/modifiers";
import { argument, command, option } from "@optique/core/primitives";
import { string } from "@optique/core/valueparser";
import { type Command, commandParser } from "../command.ts";
import { globalOptions, jsonOption } from "../options.ts";
import { wordValue } from "../values.ts";

const store = commandParser(
  object({
    store: argument(wordValue("NAME", "stores")),
    user: optional(argument(string({ metavar: "@USER:DOMAIN" }))),
    ...globalOptions,
  }),
  async (context, args) => (await import("./doctor_store.ts")).doctorStore(context, args),
);

const all = commandParser(
  object({
    json: jsonOption,
    only: multiple(option("--only", wordValue("PART", "parts"), {
      description: message`Check only this part, such as mail or dns. It may be repeated.`,
    })),
    ...globalOptions,
  }),
  async (context, args) => (await import("./doctor.ts")).doctor(context, args),
);

// Without any argument none of the alternatives matches.
const everything: Command = async (context) => {
  const { doctor } = await import("./doctor.ts");
  return await doctor({ ...context, config: undefined, verbosity: 0 }, { json: false, only: [] });
};

const alternatives = or(
  command("store", store, {
    brief: message`Check an identity store, and show its queries and results.`,
  }),
  all,
);

/** The parser. */
export const doctorParser = command(
  "doctor",
  {
    ...alternatives,
    complete: (state, ...rest) =>
      state === undefined
        ? { success: true, value: everything }
        : alternatives.complete(state, ...rest),
  } as typeof alternatives,
  { brief: message`Check the deployment, and say what is wrong and what to do about it.` },
);
