/**
 * Queries Synapse's database, on SQLite and PostgreSQL, including schemas of some years ago.
 *
 * @module
 */

import { localpartOf, type UserId } from "../../domain/user_id.ts";
import type { RawProfile } from "../raw_profile.ts";
import { synapseState } from "../synapse_state.ts";
import type { Query, Row } from "./port.ts";
import { firstColumn, textOf, threepidOf } from "./value.ts";

/** Queries that replace the built-in ones, each with one `?`. */
export interface CustomQueries {
  /** Returns the name; the full Matrix ID stands for the `?`. */
  readonly displayName?: string | undefined;
  /** Returns medium and address; the full Matrix ID stands for the `?`. */
  readonly threepids?: string | undefined;
  /** Returns a role in each row. */
  readonly roles?: { readonly query: string; readonly user: "localpart" | "mxid" } | undefined;
}

/** Synapse's database. */
export interface SynapseDatabase {
  /** Runs a query. */
  readonly query: Query;
  /** The query for the names of a table's columns, of which there are none without the table. */
  readonly columnNames: string;
}

const THREEPIDS =
  "SELECT medium, address FROM user_threepids WHERE user_id = ? AND medium = 'email' " +
  "ORDER BY added_at, address";
const LAST_SEEN = "SELECT MAX(last_seen) AS last_seen FROM user_ips WHERE user_id = ?";

/**
 * Reads a user's account; `undefined` if there is none. Every query is run in either case, so that
 * a check finds all errors. `last_seen` is in milliseconds and pruned after 28 days.
 */
export async function readAccount(
  store: string,
  database: SynapseDatabase,
  user: UserId,
  custom: CustomQueries,
): Promise<RawProfile | undefined> {
  const account = await readUser(database, user);
  const rows = await database.query(custom.threepids ?? THREEPIDS, user);
  const threepids = rows.map((row) => threepidOf(store, row));
  const [seen] = await database.query(LAST_SEEN, user);
  // Drivers return a large integer as text.
  const lastSeen = Number(seen?.last_seen ?? NaN);
  const displayName = await readDisplayName(database, user, custom.displayName);
  const roles = await readRoles(database, user, custom.roles);
  return account && {
    id: user,
    threepids,
    displayName,
    roles,
    state: synapseState({ ...account, appservice_id: textOf(account.appservice_id) }),
    account: { exists: true, lastSeen: Number.isSafeInteger(lastSeen) ? lastSeen : undefined },
  };
}

// Old databases lack some of them: Synapse 0.99 to 1.108 added all but the first.
const USER_COLUMNS = ["is_guest", "appservice_id", "deactivated", "locked", "suspended"];

/** A user's row of the table `users`, as far as this version of Synapse has the columns. */
export async function readUser(database: SynapseDatabase, user: UserId): Promise<Row | undefined> {
  const present = await columnsOf(database, "users");
  const columns = ["name", ...USER_COLUMNS.filter((column) => present.has(column))];
  const sql = `SELECT ${columns.join(", ")} FROM users WHERE name = ?`;
  return (await database.query(sql, user))[0];
}

async function columnsOf(
  { query, columnNames }: SynapseDatabase,
  table: "users" | "profiles",
): Promise<ReadonlySet<string>> {
  return new Set((await query(columnNames, table)).map(firstColumn));
}

async function readDisplayName(
  database: SynapseDatabase,
  user: UserId,
  custom: string | undefined,
): Promise<string> {
  // profiles.user_id is a localpart; full_user_id came with Synapse 1.82.
  const [sql, value] = custom !== undefined
    ? [custom, user]
    : (await columnsOf(database, "profiles")).has("full_user_id")
    ? ["SELECT displayname FROM profiles WHERE full_user_id = ?", user]
    : ["SELECT displayname FROM profiles WHERE user_id = ?", localpartOf(user)];
  const [row] = await database.query(sql, value);
  return firstColumn(row);
}

async function readRoles(
  database: SynapseDatabase,
  user: UserId,
  custom: CustomQueries["roles"],
): Promise<string[]> {
  if (custom === undefined) return [];
  const value = custom.user === "mxid" ? user : localpartOf(user);
  const rows = await database.query(custom.query, value);
  return rows.map(firstColumn).filter((role) => role !== "");
}
