/**
 * Parses the command `config import`.
 *
 * @module
 */

import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import { argument, command, option } from "@optique/core/primitives";
import { commandParser } from "../command.ts";
import { globalOptions } from "../options.ts";
import { pathValue } from "../values.ts";

const parser = commandParser(
  object({
    file: argument(pathValue("FILE", "file"), {
      description: message`The configuration of mxisd or ma1sd.`,
    }),
    registration: optional(
      option("--registration", pathValue("FILE", "file"), {
        description:
          message`The registration that the homeserver has. Default: the one that the configuration names.`,
      }),
    ),
    output: option("-o", "--output", pathValue("DIR", "directory"), {
      description: message`The folder for the new files. No file is overwritten.`,
    }),
    ...globalOptions,
  }),
  async (context, args) => (await import("./import.ts")).importConfig(context, args),
);

/** The parser. */
export const importParser = command("import", parser, {
  brief: message`Turn a configuration of mxisd or ma1sd into one of this service.`,
});
