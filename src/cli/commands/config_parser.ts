/**
 * Parses the commands `config check`, `config dump`, `config schema` and `config import`.
 *
 * @module
 */

import { object, or } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { command } from "@optique/core/primitives";
import { commandParser } from "../command.ts";
import { importParser } from "../import/parser.ts";
import { globalOptions } from "../options.ts";

const check = commandParser(
  object(globalOptions),
  async (context) => (await import("./config.ts")).checkConfig(context),
);

const dump = commandParser(
  object(globalOptions),
  async (context) => (await import("./config.ts")).dumpConfig(context),
);

const schema = commandParser(
  object(globalOptions),
  async (context) => (await import("./config.ts")).printSchema(context),
);

/** The parser. */
export const configParser = command(
  "config",
  or(
    command("check", check, { brief: message`Check the configuration.` }),
    command("dump", dump, { brief: message`Print the settings in effect, secrets redacted.` }),
    command("schema", schema, { brief: message`Print the configuration's JSON Schema.` }),
    importParser,
    {
      errors: {
        noMatch: message`Write config check, config dump, config schema or config import.`,
      },
    },
  ),
  { brief: message`Check, print or import the configuration.` },
);
