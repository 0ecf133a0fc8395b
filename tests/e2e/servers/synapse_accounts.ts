/**
 * Accounts that cannot be registered: they are written into Synapse's database.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { DOMAIN, type Person } from "../../contracts/identity_store.ts";
import type { MatrixUser } from "./matrix_user.ts";
import type { Synapse } from "./synapse.ts";

/** Registers a server administrator. */
export async function registerAdmin(synapse: Synapse): Promise<MatrixUser> {
  const user = await synapse.register("admin");
  using database = open(synapse);
  database.prepare("UPDATE users SET admin = 1 WHERE name = ?").run(user.id);
  return user;
}

/** Replaces all accounts but one. */
export function replaceAccounts(
  synapse: Synapse,
  people: readonly Person[],
  kept: MatrixUser,
): void {
  using database = open(synapse);
  database.exec("BEGIN IMMEDIATE");
  database.prepare("DELETE FROM users WHERE name <> ?").run(kept.id);
  database.prepare("DELETE FROM profiles WHERE full_user_id <> ?").run(kept.id);
  database.exec("DELETE FROM user_threepids");
  for (const person of people) insert(database, person);
  database.exec("COMMIT");
}

/** Changes columns of an account. */
export function changeAccount(synapse: Synapse, localpart: string, columns: string): void {
  using database = open(synapse);
  database.prepare(`UPDATE users SET ${columns} WHERE name = ?`).run(`@${localpart}:${DOMAIN}`);
}

function insert(database: DatabaseSync, { localpart, displayName, addresses }: Person): void {
  const id = `@${localpart}:${DOMAIN}`;
  database.prepare("INSERT INTO users (name, creation_ts) VALUES (?, 1)").run(id);
  database.prepare("INSERT INTO profiles (user_id, full_user_id, displayname) VALUES (?, ?, ?)")
    .run(localpart, id, displayName ?? null);
  const threepid = database.prepare(
    "INSERT INTO user_threepids (user_id, medium, address, validated_at, added_at) " +
      "VALUES (?, 'email', ?, 1, 1)",
  );
  for (const address of addresses) threepid.run(id, address);
}

function open({ database }: Synapse): DatabaseSync {
  return new DatabaseSync(database, { timeout: 5000 });
}
