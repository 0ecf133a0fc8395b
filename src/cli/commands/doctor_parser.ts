/**
 * Parses the command `doctor store`.
 *
 * @module
 */

import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import { argument, command } from "@optique/core/primitives";
import { string } from "@optique/core/valueparser";
import { commandParser } from "../command.ts";
import { globalOptions } from "../options.ts";

const store = commandParser(
  object({
    store: argument(string({ metavar: "NAME" })),
    user: optional(argument(string({ metavar: "@USER:DOMAIN" }))),
    ...globalOptions,
  }),
  async (context, args) => (await import("./doctor_store.ts")).doctorStore(context, args),
);

/** The parser. */
export const doctorParser = command(
  "doctor",
  command("store", store, {
    brief: message`Check an identity store, and show its queries and results.`,
  }),
  { brief: message`Diagnose problems: doctor store NAME checks an identity store.` },
);
