/**
 * Looks people up in a database of the organisation.
 *
 * @module
 */

import { z } from "zod";
import { isLocal, localpartOf, type UserId } from "../../domain/user_id.ts";
import { choice, connectionString, flag } from "../../settings/kinds.ts";
import { accountName, accountNameTemplate, NAME_PLACEHOLDERS } from "../account_name.ts";
import type { IdentityStore } from "../port.ts";
import { profileFrom, type RawProfile } from "../raw_profile.ts";
import { openDatabase } from "./database.ts";
import { DATABASE_TYPES, type Query, type Row } from "./port.ts";
import { checkConnection, checkQueries, profileSection, query } from "./section.ts";
import type { ServerDependencies } from "./server_database.ts";
import { firstColumn, threepidOf } from "./value.ts";

// The default of mxisd.
const THREEPIDS = "SELECT medium, address FROM user_threepids WHERE user_id = ?";

const profile = z.strictObject({
  ...profileSection({
    displayName: "A query that returns the name; ? stands for username.",
    threepid: `A query that returns medium and address; ? stands for username. The default is ` +
      THREEPIDS,
    role: "A query that returns a role in each row.",
  }),
  language: z.strictObject({
    query: query().describe("A query that returns a language such as de; ? stands for username."),
  }).prefault({}).describe("The person's language."),
});

/** The configuration's section `sql`. */
export const sqlSection = z.strictObject({
  enabled: flag().default(false).describe("Whether to look people up in this database."),
  type: choice(DATABASE_TYPES).optional().describe("The kind of database."),
  connection: connectionString().optional().describe(
    "//host:port/database?user=...&password=..., or for sqlite the path of the file.",
  ),
  username: accountNameTemplate().prefault("{mxid}").describe(
    `What ? stands for in the queries, built from ${NAME_PLACEHOLDERS}.`,
  ),
  profile: profile.prefault({}).describe("What is looked up, and how."),
}).superRefine((section, context) => {
  checkConnection("sql", [], section, context);
  const { displayName, threepid, role, language } = section.profile;
  checkQueries(section.type, {
    displayName: displayName.query,
    threepid: threepid.query,
    role: role.query,
    language: language.query,
  }, context);
});

/** The section `sql` with its defaults filled in. */
export type SqlSection = z.output<typeof sqlSection>;

/** Dependencies of the store. */
export interface SqlDependencies extends ServerDependencies {
  /** The homeserver's name. */
  readonly domain: string;
}

/**
 * Opens the store of a section. A user without any row is unknown. It connects at the first lookup.
 *
 * @throws {StoreError} `misconfigured`, if the section does not specify a database.
 */
export function openSqlStore(section: SqlSection, dependencies: SqlDependencies): IdentityStore {
  const name = "sql";
  const { domain } = dependencies;
  const database = openDatabase(name, section, dependencies);
  return {
    name,
    async findProfile(user, options) {
      const raw = await database.read((query) => find(query, user), options);
      return raw && profileFrom(name, user, raw);
    },
    async check(options) {
      const nobody = `@nobody.invalid:${domain}` as UserId;
      await database.read((query) => find(query, nobody), options);
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };

  async function find(query: Query, user: UserId): Promise<RawProfile | undefined> {
    const { displayName, threepid, role, language } = section.profile;
    const rows = (sql: string | undefined, value: string): Promise<readonly Row[]> | [] =>
      sql?.trim() ? query(sql, value) : [];
    const { username } = section;
    // At another homeserver the localpart belongs to somebody else.
    const isHere = isLocal(user, domain);
    if (!isHere && !/\{(?:domain|mxid)\}/.test(username)) return undefined;
    const account = accountName(username, user);
    const names = await rows(displayName.query, account);
    const threepids = await rows(threepid.query?.trim() || THREEPIDS, account);
    const languages = await rows(language.query, account);
    const isKnownPart = role.type === "mxid" || isHere;
    const value = role.type === "mxid" ? account : localpartOf(user);
    const roles = isKnownPart ? await rows(role.query, value) : [];
    if ([names, threepids, languages, roles].every((found) => found.length === 0)) return undefined;
    return {
      threepids: threepids.map((row) => threepidOf(name, row)),
      displayName: firstText(names),
      language: firstText(languages),
      roles: roles.map(firstColumn).filter((role) => role !== ""),
    };
  }
}

function firstText(rows: readonly Row[]): string | undefined {
  return rows.map(firstColumn).find((text) => text.trim() !== "");
}
