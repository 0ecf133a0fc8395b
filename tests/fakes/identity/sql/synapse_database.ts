/**
 * Synapse's SQLite database, as far as identity is concerned.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";

// The tables of Synapse 1.163.
const TODAY = `
CREATE TABLE users( name TEXT, password_hash TEXT, creation_ts BIGINT,
  admin SMALLINT DEFAULT 0 NOT NULL, upgrade_ts BIGINT, is_guest SMALLINT DEFAULT 0 NOT NULL,
  appservice_id TEXT, consent_version TEXT, consent_server_notice_sent TEXT,
  user_type TEXT DEFAULT NULL, deactivated SMALLINT DEFAULT 0 NOT NULL, shadow_banned BOOLEAN,
  consent_ts bigint, approved BOOLEAN, locked BOOLEAN DEFAULT FALSE NOT NULL,
  suspended BOOLEAN DEFAULT FALSE NOT NULL, UNIQUE(name) );
CREATE TABLE profiles( user_id TEXT NOT NULL, displayname TEXT, avatar_url TEXT,
  full_user_id TEXT, fields JSONB, UNIQUE(user_id) );
CREATE UNIQUE INDEX profiles_full_user_id_key ON profiles (full_user_id);
CREATE TABLE user_threepids ( user_id TEXT NOT NULL, medium TEXT NOT NULL, address TEXT NOT NULL,
  validated_at BIGINT NOT NULL, added_at BIGINT NOT NULL,
  CONSTRAINT medium_address UNIQUE (medium, address) );
CREATE INDEX user_threepids_user_id ON user_threepids(user_id);
CREATE TABLE user_ips ( user_id TEXT NOT NULL, access_token TEXT NOT NULL, device_id TEXT,
  ip TEXT NOT NULL, user_agent TEXT NOT NULL, last_seen BIGINT NOT NULL );
CREATE INDEX user_ips_last_seen ON user_ips (user_id, last_seen);`;

// Synapse 0.34 of 2018, when mxisd was current.
const OLD = `
CREATE TABLE users( name TEXT, password_hash TEXT, creation_ts BIGINT,
  admin SMALLINT DEFAULT 0 NOT NULL, upgrade_ts BIGINT, is_guest SMALLINT DEFAULT 0 NOT NULL,
  appservice_id TEXT, consent_version TEXT, consent_server_notice_sent TEXT,
  user_type TEXT DEFAULT NULL, UNIQUE(name) );
CREATE TABLE profiles( user_id TEXT NOT NULL, displayname TEXT, avatar_url TEXT, UNIQUE(user_id) );
CREATE TABLE user_threepids ( user_id TEXT NOT NULL, medium TEXT NOT NULL, address TEXT NOT NULL,
  validated_at BIGINT NOT NULL, added_at BIGINT NOT NULL,
  CONSTRAINT medium_address UNIQUE (medium, address) );
CREATE TABLE user_ips ( user_id TEXT NOT NULL, access_token TEXT NOT NULL, device_id TEXT,
  ip TEXT NOT NULL, user_agent TEXT NOT NULL, last_seen BIGINT NOT NULL );`;

/** A user. */
export interface SynapseUser {
  readonly id: string;
  readonly displayName?: string;
  /** Email addresses in the order in which they were added. */
  readonly addresses?: readonly string[];
  /** Columns of the table `users` that differ from the defaults. */
  readonly columns?: Readonly<Record<string, string | number>>;
  /** When devices were last seen, in milliseconds since 1970, UTC. */
  readonly seen?: readonly number[];
}

/** The writer of the database, which keeps it open as Synapse does. */
export class SynapseDatabase implements Disposable {
  readonly #connection: DatabaseSync;
  readonly #age: "today" | "old";

  /** Creates the database in WAL mode, with today's or an old schema. */
  constructor(file: string, age: "today" | "old" = "today") {
    this.#age = age;
    this.#connection = new DatabaseSync(file);
    this.#connection.exec("PRAGMA journal_mode = WAL");
    this.#connection.exec(age === "today" ? TODAY : OLD);
  }

  /** Writes a user and commits. */
  add(user: SynapseUser): void {
    const localpart = user.id.slice(1, user.id.indexOf(":"));
    const columns = { name: user.id, creation_ts: 1, ...user.columns };
    this.#insert("users", columns);
    this.#insert("profiles", {
      user_id: localpart,
      displayname: user.displayName ?? null,
      ...(this.#age === "today" ? { full_user_id: user.id } : {}),
    });
    for (const [n, address] of (user.addresses ?? []).entries()) {
      const times = { validated_at: n, added_at: n };
      this.#insert("user_threepids", { user_id: user.id, medium: "email", address, ...times });
    }
    for (const last_seen of user.seen ?? []) {
      const device = { access_token: "t", ip: "::1", user_agent: "Element" };
      this.#insert("user_ips", { user_id: user.id, last_seen, ...device });
    }
  }

  /** Runs SQL. */
  run(sql: string): void {
    this.#connection.exec(sql);
  }

  [Symbol.dispose](): void {
    if (this.#connection.isOpen) this.#connection.close();
  }

  #insert(table: string, row: Readonly<Record<string, string | number | null>>): void {
    const places = Object.keys(row).map(() => "?").join(", ");
    this.#connection.prepare(
      `INSERT INTO ${table}(${Object.keys(row).join(", ")}) VALUES (${places})`,
    )
      .run(...Object.values(row));
  }
}
