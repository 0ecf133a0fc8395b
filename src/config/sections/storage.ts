/**
 * The section `storage`: where invitations and emails are stored.
 *
 * @module
 */

import { z } from "zod";
import { type ReadAddress, readServerAddress } from "../../database/server_address.ts";
import { MINUTE } from "../../settings/duration.ts";
import {
  choice,
  connectionString,
  duration,
  parsed,
  path,
  secret,
  text,
} from "../../settings/kinds.ts";
import { section } from "../../settings/section.ts";

// It stands in statements as it is.
const SCHEMA_NAME = /^[a-z_][a-z0-9_]{0,62}$/;

const postgresqlSection = section(
  "A database in PostgreSQL 13 or newer, which any number of services share.",
  {
    database: connectionString().optional().meta({ examples: ["//localhost:5432/mxisd"] }).describe(
      "The server and the database, //host:port/database, with the parameters of a JDBC URL such as " +
        "sslmode=verify-full; several hosts are separated by commas.",
    ),
    username: text().optional().describe("The user, unless it is in database."),
    password: secret().optional().describe("The password, unless it is in database."),
    schema: parsed(
      (name) => SCHEMA_NAME.test(name) && !name.startsWith("pg_") ? name : undefined,
      "the name of a schema: small letters, digits and _, at most 63",
    ).prefault("mxisd").describe(
      "The schema that the service has for itself, and creates if it may and it does not exist.",
    ),
  },
);

const storage = z.strictObject({
  backend: choice(["sqlite", "postgresql"]).prefault("sqlite").describe("The kind of database."),
  retention: duration().refine(
    (span) => span >= MINUTE,
    "expected at least 1m: why and outbox cannot show what was deleted",
  ).prefault("30d").describe(
    "How long invitations and emails are kept after the last thing that happened to them. Choices " +
      "to stop emails are kept for ever.",
  ),
  provider: section("The settings of each kind of database.", {
    sqlite: section("A database in a file, which the service creates.", {
      database: path("mxisd").optional()
        .meta({ examples: ["/var/lib/mxisd/appservice-mxisd.db"] }).describe(
          "The service's own database file, which is created if it does not exist. Never the " +
            "homeserver's. By default appservice-mxisd.db in systemd's state directory, else beside " +
            "this file.",
        ),
    }),
    postgresql: postgresqlSection,
  }),
}).superRefine(({ backend, provider: { postgresql } }, context) => {
  const report = (message: string) =>
    context.addIssue({ code: "custom", path: ["provider", "postgresql", "database"], message });
  if (!postgresql.database?.reveal()) {
    if (backend === "postgresql") report("is missing: storage.backend needs it");
    return;
  }
  const read = postgresqlAddress(postgresql);
  if (read.kind === "wrong") report(`${read.problem}; or write the login in username and password`);
});

/** The section `storage`. */
export const storageSection = storage
  .prefault({})
  .describe("Where invitations and emails are stored.");

/** The server of the section `storage.provider.postgresql`, or what is wrong with it. */
export function postgresqlAddress(
  { database, username, password }: z.output<typeof postgresqlSection>,
): ReadAddress {
  return readServerAddress(database?.reveal() ?? "", "postgresql", { user: username, password });
}
