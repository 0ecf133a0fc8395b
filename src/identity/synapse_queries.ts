/**
 * What to ask Synapse's database, of today and of some years ago, on SQLite and PostgreSQL alike.
 *
 * @module
 */

import type { AccountState } from "../domain/profile.ts";
import { localpartOf, type UserId } from "../domain/user_id.ts";
import type { Findings } from "./findings.ts";

/** Queries in place of the built-in ones, each with one `?`. */
export interface CustomQueries {
  /** Returns the name; the full Matrix ID stands for the `?`. */
  readonly displayName?: string | undefined;
  /** Returns medium and address; the full Matrix ID stands for the `?`. */
  readonly threepids?: string | undefined;
  /** Returns a role in each row. */
  readonly roles?: { readonly query: string; readonly user: "localpart" | "mxid" } | undefined;
}

/** A row by the names of its columns. */
type Row = Readonly<Record<string, unknown>>;

/** A connection to the database, of either kind. */
export interface SynapseDatabase {
  /** All rows of a query; `?` stands for the values. */
  rows(sql: string, ...values: string[]): Promise<readonly Row[]> | readonly Row[];
  /** The names of a table's columns; none when there is no such table. */
  columns(table: "users" | "profiles"): Promise<ReadonlySet<string>> | ReadonlySet<string>;
}

const THREEPIDS =
  "SELECT medium, address FROM user_threepids WHERE user_id = ? AND medium = 'email' " +
  "ORDER BY added_at, address";
const LAST_SEEN = "SELECT MAX(last_seen) AS last_seen FROM user_ips WHERE user_id = ?";

/**
 * What Synapse knows of a user, `undefined` when there is no such account. Every query is tried in
 * either case. `last_seen` is in milliseconds and pruned after 28 days.
 */
export async function readAccount(
  database: SynapseDatabase,
  user: UserId,
  custom: CustomQueries,
): Promise<Findings | undefined> {
  const account = await readUser(database, user);
  const rows = await database.rows(custom.threepids ?? THREEPIDS, user);
  const threepids = rows.map((row) => {
    const [first, second] = Object.values(row);
    return { medium: textOf(row.medium ?? first), address: textOf(row.address ?? second) };
  });
  const [seen] = await database.rows(LAST_SEEN, user);
  // Drivers return a large integer as text.
  const lastSeen = Number(seen?.last_seen ?? NaN);
  const displayName = await readDisplayName(database, user, custom.displayName);
  const roles = await readRoles(database, user, custom.roles);
  return account && {
    id: user,
    threepids,
    displayName,
    roles,
    state: stateOf(account),
    account: { exists: true, ...(Number.isSafeInteger(lastSeen) ? { lastSeen } : {}) },
  };
}

// All but the first are younger than some databases: Synapse 0.99 to 1.108 brought them.
const USER_COLUMNS = ["is_guest", "appservice_id", "deactivated", "locked", "suspended"];

async function readUser(database: SynapseDatabase, user: UserId): Promise<Row | undefined> {
  const present = await database.columns("users");
  const columns = ["name", ...USER_COLUMNS.filter((column) => present.has(column))];
  const sql = `SELECT ${columns.join(", ")} FROM users WHERE name = ?`;
  return (await database.rows(sql, user))[0];
}

// Nobody reads the mail of a guest or of a bridge's user, so that these count as locked. Who is
// suspended may log in, but not join a room.
function stateOf(account: Row): AccountState {
  if (isTrue(account.deactivated)) return "deactivated";
  const locked = [account.locked, account.suspended, account.is_guest].some(isTrue);
  return locked || textOf(account.appservice_id) !== "" ? "locked" : "active";
}

async function readDisplayName(
  database: SynapseDatabase,
  user: UserId,
  custom: string | undefined,
): Promise<string> {
  // profiles.user_id is a localpart; full_user_id came with Synapse 1.82.
  const [sql, value] = custom !== undefined
    ? [custom, user]
    : (await database.columns("profiles")).has("full_user_id")
    ? ["SELECT displayname FROM profiles WHERE full_user_id = ?", user]
    : ["SELECT displayname FROM profiles WHERE user_id = ?", localpartOf(user)];
  const [row] = await database.rows(sql, value);
  return textOf(Object.values(row ?? {})[0]);
}

async function readRoles(
  database: SynapseDatabase,
  user: UserId,
  custom: CustomQueries["roles"],
): Promise<string[]> {
  if (custom === undefined) return [];
  const value = custom.user === "mxid" ? user : localpartOf(user);
  const rows = await database.rows(custom.query, value);
  return rows.map((row) => textOf(Object.values(row)[0])).filter((role) => role !== "");
}

// SQLite has 0 and 1 for booleans.
function isTrue(value: unknown): boolean {
  return value === true || value === 1;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
