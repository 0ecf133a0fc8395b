/**
 * The people who have an account, from Synapse's own database.
 *
 * @module
 */

import { z } from "zod";
import { choice, connectionString, flag, text } from "../domain/setting.ts";
import type { UserId } from "../domain/user_id.ts";
import { refuseAborted } from "./deadline.ts";
import { profileFrom } from "./findings.ts";
import { type IdentityStore, StoreError } from "./port.ts";
import { readSqlite } from "./sqlite_reader.ts";
import { type CustomQueries, readAccount } from "./synapse_queries.ts";

// A ? in quotes or in a comment is none.
const NOT_SQL = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\//g;

function query() {
  return text().refine(
    (sql) => sql.trim() === "" || sql.replace(NOT_SQL, "").split("?").length === 2,
    "expected a query with exactly one ?, which stands for the user",
  ).optional();
}

const profile = z.strictObject({
  enabled: flag().default(true).describe("Whether to look people up in this database."),
  displayName: z.strictObject({
    query: query().describe("A query of your own for the name; ? is the full Matrix ID."),
  }).prefault({}).describe("The person's name."),
  threepid: z.strictObject({
    query: query().describe(
      "A query of your own that returns medium and address; ? is the full Matrix ID.",
    ),
  }).prefault({}).describe("The person's mail addresses."),
  role: z.strictObject({
    type: choice(["mxid", "localpart"]).default("mxid")
      .describe("What ? is in the query: mxid, the full Matrix ID, or localpart."),
    query: query().describe("A query that returns a role in each row; none is built in."),
  }).prefault({}).describe("The person's roles."),
});

/** The configuration's section `synapseSql`. */
export const synapseSqlSection = z.strictObject({
  enabled: flag().default(false).describe("Whether to look people up in Synapse's database."),
  type: choice(["sqlite", "postgresql"]).optional().describe("The kind of database."),
  connection: connectionString().optional().describe(
    "For sqlite the path of Synapse's database, such as /var/lib/matrix-synapse/homeserver.db.",
  ),
  profile: profile.prefault({}).describe("What is looked up, and how."),
}).superRefine((section, context) => {
  if (!section.enabled) return;
  for (const key of ["type", "connection"] as const) {
    if (section[key] !== undefined && String(section[key]) !== "") continue;
    const message = "is missing: synapseSql.enabled needs it";
    context.addIssue({ code: "custom", path: [key], message });
  }
});

/** The section `synapseSql` with its defaults filled in. */
export type SynapseSqlSection = z.output<typeof synapseSqlSection>;

/** A query that was copied from mxisd and finds nothing in the Synapse of today. */
export interface ObsoleteQuery {
  /** The key's path inside the section. */
  readonly key: readonly string[];
  /** Why, and what to do. */
  readonly advice: string;
}

/**
 * The queries of the section that can no longer work. The store ignores them: the built-in ones take
 * their place.
 */
export function obsoleteQueries(section: SynapseSqlSection): readonly ObsoleteQuery[] {
  const { displayName, threepid, role } = section.profile;
  return [
    { key: ["profile", "displayName", "query"], sql: displayName.query },
    { key: ["profile", "threepid", "query"], sql: threepid.query },
    { key: ["profile", "role", "query"], sql: role.query },
  ].flatMap(({ key, sql }) => {
    const reason = whyObsolete(sql ?? "");
    if (reason === undefined) return [];
    return { key, advice: `${reason}; it is ignored: remove this key` };
  });
}

function whyObsolete(sql: string): string | undefined {
  const folded = sql.toLowerCase().replace(/[\s;]+/g, " ").trim();
  const gone = /\b(?:group_users|room_names)\b/.exec(folded)?.[0];
  if (gone) return `Synapse has no table ${gone} any more`;
  if (
    /^select (?:\w+\.)?displayname from profiles(?: \w+)? where (?:\w+\.)?user_id ?= ?\?$/.test(
      folded,
    )
  ) {
    return "it compares a full Matrix ID with a localpart and finds nobody";
  }
  return undefined;
}

/**
 * The store of the accounts in Synapse's database. Who has never logged in has none and is no such
 * user here. The database is opened for each lookup, and need not be there before.
 *
 * @throws {StoreError} `misconfigured`, when the section names no SQLite database.
 */
export function openSynapseSqlStore(section: SynapseSqlSection): IdentityStore {
  const name = "synapseSql";
  const file = section.connection?.reveal();
  if (section.type !== "sqlite" || !file) {
    throw new StoreError(name, "misconfigured", "only databases of the type sqlite can be opened");
  }
  const custom = customQueries(section);

  function read(user: UserId) {
    return readSqlite(name, file ?? "", (query) => {
      const columns = (table: string) =>
        new Set(query("SELECT name FROM pragma_table_info(?)", table).map((row) => `${row.name}`));
      return readAccount({ rows: query, columns }, user, custom);
    });
  }

  return {
    name,
    async findProfile(user, options = {}) {
      refuseAborted(name, options.signal);
      const findings = await read(user);
      return findings && profileFrom(name, user, findings);
    },
    async check(options = {}) {
      refuseAborted(name, options.signal);
      await read(NOBODY);
    },
    async [Symbol.asyncDispose]() {},
  };
}

// RFC 2606 keeps the name "invalid" free.
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
