/**
 * Parses the command `storage migrations`.
 *
 * @module
 */

import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { command, flag } from "@optique/core/primitives";
import { commandParser } from "../command.ts";
import { globalOptions } from "../options.ts";

const migrations = commandParser(
  object({
    sql: flag("--sql", { description: message`As statements for psql.` }),
    ...globalOptions,
  }),
  async (context) => (await import("./migrations.ts")).printMigrations(context),
);

/** The parser. */
export const storageParser = command(
  "storage",
  command("migrations", migrations, {
    brief: message`Print what makes the tables in PostgreSQL, to apply it by hand.`,
  }),
  { brief: message`Prepare the service's own database.` },
);
