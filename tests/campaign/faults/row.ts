/**
 * A row of the database is damaged while the service is down.
 *
 * @module
 */

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { Campaign } from "../fault.ts";
import { until } from "../pause.ts";
import { choose } from "../seeded_random.ts";

interface Damage {
  readonly table: "invitations" | "mails";
  readonly column: string;
  /** An SQL expression. */
  readonly value: string;
}

const DAMAGES: readonly Damage[] = [
  { table: "invitations", column: "facts", value: "'{'" },
  { table: "invitations", column: "facts", value: "x'00ff'" },
  { table: "invitations", column: "invitee", value: "'nobody'" },
  { table: "invitations", column: "attempts", value: "'many'" },
  { table: "mails", column: "recipient", value: "'{'" },
  { table: "mails", column: "recipient", value: "x'00ff'" },
  { table: "mails", column: "address", value: "''" },
  { table: "mails", column: "attempts", value: "-1" },
];
// A value of a type that the table refuses cannot even be set aside.
const NAMED = ["damaged row set aside", "row skipped"];
const INVITES = 20;
const TRIES = 20;
const PATIENCE_MS = 120_000;

/** Kills the service, damages a row that waits, and expects that it is set aside by name. */
export async function damageRow(campaign: Campaign): Promise<string> {
  const { folder, homeserver, ledger, mailServer, random, service } = campaign;
  const damage = choose(random, DAMAGES);
  const { table, column, value } = damage;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    // Mails wait only while none can be sent.
    const from = Date.now();
    if (table === "mails") await mailServer.down();
    await homeserver.pushInvites(INVITES);
    const isQueued = () => service.logged("mail deferred").length > 0;
    if (table === "mails") await until("a mail waits", isQueued, PATIENCE_MS);
    await service.kill();
    const arrived = mailServer.mails.length;
    const row = damageOne(`${folder}/data/outbox.db`, damage, random);
    if (table === "mails") await mailServer.up();
    if (row !== undefined) {
      ledger.setAside.add(row.room);
      ledger.missing++;
    }
    await service.start();
    ledger.until(ledger.excused, from);
    if (row === undefined) continue;
    const named = () =>
      NAMED.flatMap((event) => service.logged(event)).some((logged) =>
        logged.table === table && logged.row === row.id
      );
    await until(`row ${row.id} of ${table} is set aside by name`, named, PATIENCE_MS);
    const isAnnounced = mailServer.mails.slice(arrived).some(({ rooms }) =>
      rooms.includes(row.room)
    );
    assert(!isAnnounced, `${row.room} was announced by a damaged row`);
    return `${column} of ${table} is ${value}`;
  }
  throw new Error(`no row of ${table} ever waited`);
}

// Damages one of the rows that are due first, and returns the room that it is about.
function damageOne(
  file: string,
  { table, column, value }: Damage,
  random: () => number,
): { readonly id: number; readonly room: string } | undefined {
  using database = new DatabaseSync(
    file,
    { enableForeignKeyConstraints: false, defensive: false } as never,
  );
  const waiting = table === "invitations"
    ? "SELECT id, room_id AS room, due_at AS due FROM invitations WHERE state = 'pending'"
    : `SELECT mails.id, room_id AS room, mails.due_at AS due FROM mails
       JOIN mail_invitations ON mail_id = mails.id JOIN invitations ON invitations.id = invitation_id
       WHERE mails.state IN ('queued', 'sending')`;
  const rows = database.prepare(`${waiting} ORDER BY due LIMIT 20`).all() as {
    id: number;
    room: string;
  }[];
  if (rows.length === 0) return undefined;
  const row = choose(random, rows);
  const schema = (sql: string) =>
    database.exec(`PRAGMA writable_schema = ON; ${sql}; PRAGMA writable_schema = RESET`);
  // A strict table would refuse a value of another type.
  schema(`UPDATE sqlite_master SET sql = replace(sql, 'STRICT', '/**/') WHERE name = '${table}'`);
  database.exec("PRAGMA ignore_check_constraints = ON");
  database.exec(`UPDATE ${table} SET ${column} = ${value} WHERE id = ${row.id}`);
  schema(`UPDATE sqlite_master SET sql = replace(sql, '/**/', 'STRICT') WHERE name = '${table}'`);
  return row;
}
