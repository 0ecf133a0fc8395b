/**
 * Looks people up in the database of a WordPress site.
 *
 * @module
 */

import { z } from "zod";
import { foldAscii, isLocal, localpartOf } from "../../domain/user_id.ts";
import { choice, connectionString, flag, text } from "../../settings/kinds.ts";
import type { IdentityStore } from "../port.ts";
import { profileFrom, type RawProfile } from "../raw_profile.ts";
import { openDatabase } from "./database.ts";
import type { Query } from "./port.ts";
import { checkConnection } from "./section.ts";
import type { SqlDependencies } from "./store.ts";
import { addressOf, textOf } from "./value.ts";

// It becomes part of the query's text.
const TABLE_PREFIX = /^[A-Za-z0-9_$]{0,50}$/;

/** The configuration's section `wordpress`. */
export const wordpressSection = z.strictObject({
  enabled: flag().default(false).describe("Whether to look people up in this WordPress."),
  rest: z.strictObject({
    base: text().optional().describe("WordPress's URL, which mxisd needed; it is ignored."),
  }).prefault({}).describe("Settings for mxisd's login, which are ignored."),
  sql: z.strictObject({
    type: choice(["mysql", "mariadb", "postgresql", "sqlite"]).default("mysql").describe(
      "The kind of database: mysql or mariadb, or with a plugin of WordPress postgresql or sqlite.",
    ),
    connection: connectionString().optional().describe(
      "WordPress's database: //host:port/database?user=...&password=..., or the path of a file.",
    ),
    tablePrefix: text().refine(
      (prefix) => TABLE_PREFIX.test(prefix),
      "expected letters, digits and underscores, such as wp_",
    ).default("wp_").describe("The prefix of WordPress's tables."),
  }).prefault({}).describe("WordPress's database."),
}).superRefine(({ enabled, sql }, context) => {
  checkConnection("wordpress", ["sql"], { enabled, ...sql }, context);
});

/** The section `wordpress` with its defaults filled in. */
export type WordpressSection = z.output<typeof wordpressSection>;

/**
 * Opens the store of WordPress's users. A login name matches a localpart as it is or in lower case:
 * user IDs are lower-case, and login names of WordPress are case-insensitive.
 *
 * @throws {StoreError} `misconfigured`, if the section does not specify a database.
 */
export function openWordpressStore(
  section: WordpressSection,
  dependencies: SqlDependencies,
): IdentityStore {
  const name = "wordpress";
  const { domain } = dependencies;
  const { enabled, sql } = section;
  const database = openDatabase(name, { enabled, ...sql }, dependencies);
  const users = `SELECT user_login, user_email, display_name FROM ${usersOf(sql)}`;

  async function find(query: Query, localpart: string): Promise<RawProfile | undefined> {
    const rows = await query(users, localpart);
    // MySQL treats é like e, and ignores some characters.
    const exact = rows.filter((row) => textOf(row.user_login) === localpart);
    const matching = exact.length > 0
      ? exact
      : rows.filter((row) => foldAscii(textOf(row.user_login)) === localpart);
    if (matching.length === 0) return undefined;
    return {
      threepids: matching.map((row) => ({ medium: "email", address: addressOf(row.user_email) })),
      displayName: matching.map((row) => textOf(row.display_name)).find((text) => text.trim()),
    };
  }

  return {
    name,
    async findProfile(user, options) {
      const localpart = localpartOf(user);
      const raw = await database.read(
        // At another homeserver the localpart belongs to somebody else.
        async (query) => isLocal(user, domain) ? await find(query, localpart) : undefined,
        options,
      );
      return raw && profileFrom(name, user, raw);
    },
    async check(options) {
      await database.read((query) => find(query, NOBODY), options);
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

// The table, condition and order. On PostgreSQL and SQLite the table is the one that the plugins
// "PostgreSQL for WordPress" and "SQLite Database Integration" create: with ID in upper case, but on
// PostgreSQL with an unquoted, and so lower-case, name.
function usersOf({ type, tablePrefix }: WordpressSection["sql"]): string {
  switch (type) {
    case "postgresql":
      // Only ASCII letters have cases in login names, whatever the database's locale.
      return `"${foldAscii(tablePrefix)}users" WHERE lower(user_login COLLATE "C") = ` +
        'lower(CAST(? AS text) COLLATE "C") ORDER BY "ID"';
    case "sqlite":
      return `"${tablePrefix}users" WHERE lower(user_login) = lower(?) ORDER BY "ID"`;
    default:
      return `\`${tablePrefix}users\` WHERE user_login = ? ORDER BY ID`;
  }
}

// A login name of WordPress cannot contain a slash.
const NOBODY = "no/body";
