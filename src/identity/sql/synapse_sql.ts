/**
 * Looks people up in Synapse's database.
 *
 * @module
 */

import { z } from "zod";
import type { UserId } from "../../domain/user_id.ts";
import { choice, connectionString, flag } from "../../settings/kinds.ts";
import type { IdentityStore, LookupOptions } from "../port.ts";
import { profileFrom } from "../raw_profile.ts";
import { openDatabase } from "./database.ts";
import { checkConnection, checkQueries, profileSection } from "./section.ts";
import type { ServerDependencies } from "./server_database.ts";
import { type CustomQueries, readAccount } from "./synapse_queries.ts";

const profile = z.strictObject(profileSection({
  displayName: "A custom query for the name; ? is the full Matrix ID.",
  threepid: "A custom query that returns medium and address; ? is the full Matrix ID.",
  role: "A query that returns a role in each row; there is no default.",
}));

/** Queries for the names of a table's columns, by the kind of Synapse's database. */
export const COLUMN_NAMES = {
  sqlite: "SELECT name FROM pragma_table_info(?)",
  postgresql: "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(?) " +
    "AND attnum > 0 AND NOT attisdropped",
} as const;

/** The configuration's section `synapseSql`. */
export const synapseSqlSection = z.strictObject({
  enabled: flag().default(false).describe("Whether to look people up in Synapse's database."),
  type: choice(["sqlite", "postgresql"]).optional().describe("The kind of database."),
  connection: connectionString().optional().describe(
    "For postgresql //host:port/database?user=...&password=..., for sqlite the path of Synapse's " +
      "database, such as /var/lib/matrix-synapse/homeserver.db.",
  ),
  profile: profile.prefault({}).describe("What is looked up, and how."),
}).superRefine((section, context) => {
  checkConnection("synapseSql", [], section, context);
  const { displayName, threepid, role } = section.profile;
  checkQueries(section.type, {
    displayName: displayName.query,
    threepid: threepid.query,
    role: role.query,
  }, context);
});

/** The section `synapseSql` with its defaults filled in. */
export type SynapseSqlSection = z.output<typeof synapseSqlSection>;

/** A query that was copied from mxisd and does not work with today's Synapse. */
export interface ObsoleteQuery {
  /** The key's path inside the section. */
  readonly key: readonly string[];
  /** Why it does not work, and what to do. */
  readonly advice: string;
}

/** The obsolete queries of the section. The store uses the built-in ones in their place. */
export function obsoleteQueries(section: SynapseSqlSection): readonly ObsoleteQuery[] {
  const { displayName, threepid, role } = section.profile;
  return [
    { key: ["profile", "displayName", "query"], sql: displayName.query },
    { key: ["profile", "threepid", "query"], sql: threepid.query },
    { key: ["profile", "role", "query"], sql: role.query },
  ].flatMap(({ key, sql }) => {
    const reason = obsoleteReason(sql ?? "");
    if (reason === undefined) return [];
    return { key, advice: `${reason}; it is ignored: remove this key` };
  });
}

function obsoleteReason(sql: string): string | undefined {
  const folded = sql.toLowerCase().replace(/[\s;]+/g, " ").trim();
  const gone = /\b(?:group_users|room_names)\b/.exec(folded)?.[0];
  if (gone) return `Synapse no longer has a table ${gone}`;
  if (
    /^select (?:\w+\.)?displayname from profiles(?: \w+)? where (?:\w+\.)?user_id ?= ?\?$/.test(
      folded,
    )
  ) {
    return "it compares a full Matrix ID with a localpart and never matches";
  }
  return undefined;
}

/**
 * Opens the store of the accounts in Synapse's database. People who have never logged in have no
 * account and are unknown. The database is opened at each lookup, and may be created later.
 *
 * @throws {StoreError} `misconfigured`, if the section does not specify a database.
 */
export function openSynapseSqlStore(
  section: SynapseSqlSection,
  dependencies: ServerDependencies,
): IdentityStore {
  const name = "synapseSql";
  const database = openDatabase(name, section, dependencies);
  const columnNames = COLUMN_NAMES[section.type ?? "sqlite"];
  const custom = customQueries(section);

  function read(user: UserId, options: LookupOptions | undefined) {
    return database.read(
      (query) => readAccount(name, { query, columnNames }, user, custom),
      options,
    );
  }

  return {
    name,
    async findProfile(user, options) {
      const raw = await read(user, options);
      return raw && profileFrom(name, user, raw);
    },
    async check(options) {
      await read(NOBODY, options);
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

// RFC 2606 reserves the name "invalid".
const NOBODY = "@nobody:invalid" as UserId;

function customQueries(section: SynapseSqlSection): CustomQueries {
  const ignored = new Set(obsoleteQueries(section).map(({ key }) => key[1]));
  const { displayName, threepid, role } = section.profile;
  const usable = (key: string, sql: string | undefined) =>
    ignored.has(key) || !sql?.trim() ? undefined : sql;
  const roles = usable("role", role.query);
  return {
    displayName: usable("displayName", displayName.query),
    threepids: usable("threepid", threepid.query),
    roles: roles === undefined ? undefined : { query: roles, user: role.type },
  };
}
