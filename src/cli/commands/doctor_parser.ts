/**
 * Parses the command `doctor store`.
 *
 * @module
 */

import { object, or } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import { argument, command } from "@optique/core/primitives";
import { string } from "@optique/core/valueparser";
import { commandParser } from "../command.ts";
import { globalOptions } from "../options.ts";
import { wordValue } from "../values.ts";

const store = commandParser(
  object({
    store: argument(wordValue("NAME", "stores")),
    user: optional(argument(string({ metavar: "@USER:DOMAIN" }))),
    ...globalOptions,
  }),
  async (context, args) => (await import("./doctor_store.ts")).doctorStore(context, args),
);

/** The parser. */
export const doctorParser = command(
  "doctor",
  or(
    command("store", store, {
      brief: message`Check an identity store, and show its queries and results.`,
    }),
    { errors: { noMatch: message`Write doctor store NAME.` } },
  ),
  { brief: message`Diagnose problems: doctor store NAME checks an identity store.` },
);
