/**
 * Parses the command `register`.
 *
 * @module
 */

import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { map, optional } from "@optique/core/modifiers";
import { command, flag, option } from "@optique/core/primitives";
import { choice } from "@optique/core/valueparser";
import { commandParser } from "../command.ts";
import { globalOptions } from "../options.ts";
import { pathValue } from "../values.ts";

const parser = commandParser(
  object({
    format: optional(
      option("--format", choice(["file", "k8s-secret"], { metavar: "FORMAT" }), {
        description:
          message`Print the registration as a Secret for kubectl, with the tokens of the file if it exists.`,
      }),
    ),
    output: optional(
      option("-o", "--output", pathValue("FILE", "file"), {
        description:
          message`The registration file. A file that exists is checked and left as it is.`,
      }),
    ),
    rotate: map(
      optional(flag("--rotate", {
        description:
          message`Replace the hs_token step by step, so that no transaction is refused meanwhile.`,
      })),
      (given) => given === true,
    ),
    ...globalOptions,
  }),
  async (context, { output, rotate, format = "file" }) =>
    rotate
      ? (await import("./rotate.ts")).rotate(context)
      : (await import("./register.ts")).register(context, output, format),
);

/** The parser. */
export const registerParser = command("register", parser, {
  brief: message`Write the homeserver's registration file, or check an existing one.`,
});
