/**
 * Parses the commands below `storage`.
 *
 * @module
 */

import { object, or } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { argument, command, flag, option } from "@optique/core/primitives";
import { choice } from "@optique/core/valueparser";
import { commandParser } from "../command.ts";
import { globalOptions, jsonOption } from "../options.ts";
import { pathValue } from "../values.ts";

const migrations = commandParser(
  object({
    sql: flag("--sql", { description: message`As statements for psql.` }),
    ...globalOptions,
  }),
  async (context) => (await import("./migrations.ts")).printMigrations(context),
);

const backup = commandParser(
  object({ file: argument(pathValue("FILE", "file")), ...globalOptions }),
  async (context, { file }) => (await import("./backup.ts")).backUp(context, file),
);

const check = commandParser(
  object({ json: jsonOption, ...globalOptions }),
  async (context, args) => (await import("./check.ts")).check(context, args),
);

const backend = choice(["sqlite", "postgresql"], { metavar: "KIND" });

const migrate = commandParser(
  object({
    from: option("--from", backend, { description: message`Where everything is.` }),
    to: option("--to", backend, { description: message`Where everything is copied to.` }),
    ...globalOptions,
  }),
  async (context, args) => (await import("./migrate.ts")).migrate(context, args),
);

/** The parser. */
export const storageParser = command(
  "storage",
  or(
    command("backup", backup, {
      brief: message`Copy the database to a new file, also while the service runs.`,
    }),
    command("check", check, {
      brief: message`Check the database, also while the service runs, and count its rows.`,
    }),
    command("migrate", migrate, {
      brief: message`Copy everything to another kind of database, while the service is stopped.`,
    }),
    command("migrations", migrations, {
      brief: message`Print what makes the tables in PostgreSQL, to apply it by hand.`,
    }),
    {
      errors: {
        noMatch:
          message`Write storage backup, storage check, storage migrate or storage migrations.`,
      },
    },
  ),
  { brief: message`Maintain the service's own database.` },
);
