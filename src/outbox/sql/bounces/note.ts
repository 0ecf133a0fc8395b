/**
 * Stores that a mail came back, and that an address has ended by it.
 *
 * @module
 */

import type { BounceSeverity } from "../../bounces.ts";
import type { BounceNote } from "../../records.ts";
import { parseObject } from "../../stored_row.ts";
import type { BounceWrite, EndAddress, NoteBounce } from "../../writes.ts";
import type { Engine } from "../engine.ts";
import type { Row, Steps } from "../steps.ts";

/** Applies what a bounce changes. The caller opens the transaction. */
export function* applyBounce(database: Engine, write: BounceWrite): Steps<void> {
  if (write.kind === "note bounce") yield* noteBounce(database, write);
  else yield* endAddress(database, write);
}

function* noteBounce(
  database: Engine,
  { mail, addressHash, bounce, weight, at }: NoteBounce,
): Steps<void> {
  yield* database.run(
    "UPDATE mails SET bounced_at = ?, bounce = ? WHERE id = ?",
    at,
    JSON.stringify(bounce),
    mail,
  );
  if (weight === 0) return;
  yield* database.run(
    `INSERT INTO bounces (mail, address_hash, at, weight) VALUES (?, ?, ?, ?)
     ON CONFLICT (mail) DO UPDATE SET
       address_hash = excluded.address_hash, at = excluded.at, weight = excluded.weight`,
    mail,
    addressHash,
    at,
    weight,
  );
}

function* endAddress(
  database: Engine,
  { mail, addressHash, until, at }: EndAddress,
): Steps<void> {
  yield* database.run(
    `INSERT INTO suppressions (address_hash, address_key, user_id, scope, reason, at, until)
     SELECT ?, address_key, user_id, 'bounce', 'bounces', ?, ? FROM mails WHERE id = ?
     ON CONFLICT (address_hash, scope, target_hash) DO UPDATE SET until = excluded.until`,
    addressHash,
    at,
    until,
    mail,
  );
}

const SEVERITIES: readonly BounceSeverity[] = ["hard", "soft", "none", "complaint"];

/** Reads the note at a mail; `undefined` if there is none, or it is damaged. */
export function readBounce({ bounced_at: at, bounce }: Row): BounceNote | undefined {
  const note = parseObject(bounce);
  const severity = SEVERITIES.find((known) => known === note?.severity);
  if (note === undefined || severity === undefined) return undefined;
  return {
    at: Number(at),
    severity,
    status: typeof note.status === "string" ? note.status : undefined,
    text: String(note.text ?? ""),
  };
}
