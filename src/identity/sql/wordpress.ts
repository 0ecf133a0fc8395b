/**
 * People who are users of a WordPress.
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
import { textOf } from "./value.ts";

// It becomes a part of the query's text.
const TABLE_PREFIX = /^[A-Za-z0-9_$]{0,50}$/;

/** The configuration's section `wordpress`. */
export const wordpressSection = z.strictObject({
  enabled: flag().default(false).describe("Whether to look people up in this WordPress."),
  rest: z.strictObject({
    base: text().optional().describe("WordPress's URL, as mxisd wanted it; it is not used."),
  }).prefault({}).describe("How mxisd logged people in."),
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
    ).default("wp_").describe("What the names of WordPress's tables begin with."),
  }).prefault({}).describe("WordPress's database."),
}).superRefine(({ enabled, sql }, context) => {
  checkConnection("wordpress", ["sql"], { enabled, ...sql }, context);
});

/** The section `wordpress` with its defaults filled in. */
export type WordpressSection = z.output<typeof wordpressSection>;

/**
 * The store of WordPress's users. A login name is a localpart as it is, or in lower case: user IDs
 * are lower-case, and WordPress does not tell the cases of a login name apart.
 *
 * @throws {StoreError} `misconfigured`, when the section does not say which database.
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
    // MySQL takes é for e as well, and some characters for none at all.
    const exact = rows.filter((row) => textOf(row.user_login) === localpart);
    const matching = exact.length > 0
      ? exact
      : rows.filter((row) => foldAscii(textOf(row.user_login)) === localpart);
    if (matching.length === 0) return undefined;
    return {
      threepids: matching.map((row) => ({ medium: "email", address: textOf(row.user_email) })),
      displayName: matching.map((row) => textOf(row.display_name)).find((text) => text.trim()),
    };
  }

  return {
    name,
    async findProfile(user, options) {
      const localpart = localpartOf(user);
      const raw = await database.read(
        // A localpart is somebody else at another homeserver.
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

// The table, and which of its rows in which order. On PostgreSQL and SQLite it is as the plugins
// "PostgreSQL for WordPress" and "SQLite Database Integration" make it: with ID in upper case, but
// a table that PostgreSQL was told the name of without quotes.
function usersOf({ type, tablePrefix }: WordpressSection["sql"]): string {
  switch (type) {
    case "postgresql":
      // Letters beyond ASCII are none of a login name's cases, whatever the database's locale is.
      return `"${foldAscii(tablePrefix)}users" WHERE lower(user_login COLLATE "C") = ` +
        'lower(CAST(? AS text) COLLATE "C") ORDER BY "ID"';
    case "sqlite":
      return `"${tablePrefix}users" WHERE lower(user_login) = lower(?) ORDER BY "ID"`;
    default:
      return `\`${tablePrefix}users\` WHERE user_login = ? ORDER BY ID`;
  }
}

// No login name of WordPress has a slash in it.
const NOBODY = "no/body";
