/**
 * Keeps to the limits. What is above a limit is parked: it is not due, and each key (such as
 * an address) has one wake-up, when its next slot becomes free.
 *
 * @module
 */

import type { Work } from "../port.ts";
import { limitWindow, nextFree, type Place, type SharedLimit, turnOf } from "../rate_limit.ts";
import type { LimitName } from "../work.ts";
import type { Engine } from "./engine.ts";
import { limitLock, OVERALL_LOCK } from "./locks.ts";
import { answer, type Steps } from "./steps.ts";

interface Gate {
  readonly work: Work;
  /** The column whose values have a limit each; a constant if there is one limit for all. */
  readonly key: string;
  /** The column with the time of a row's slot. */
  readonly slot: string;
  /** Selects the rows that are parked, with `parked`. */
  readonly waiting: string;
  /** Whether a row that had a slot once needs no other: an attempt that is repeated counts once. */
  readonly isLasting?: boolean | undefined;
  /** Whether one key's rows are of several servers, which take turns. */
  readonly takesTurns?: boolean | undefined;
}

/** The limits' columns and rows. The conditions are those of the partial indexes. */
export const GATES: Readonly<Record<LimitName, Gate>> = {
  address: {
    work: "mails",
    key: "address_key",
    slot: "slot_at",
    waiting: "state = 'queued'",
    takesTurns: true,
  },
  inviter: {
    work: "invitations",
    key: "inviter",
    slot: "inviter_slot_at",
    waiting: "state = 'pending'",
    isLasting: true,
  },
  server: {
    work: "invitations",
    key: "server",
    slot: "server_slot_at",
    waiting: "state = 'pending'",
    isLasting: true,
  },
  room: {
    work: "invitations",
    key: "room_id",
    slot: "room_slot_at",
    waiting: "state = 'pending'",
    isLasting: true,
    takesTurns: true,
  },
  overall: {
    work: "mails",
    key: "''",
    slot: "overall_slot_at",
    waiting: "state = 'queued'",
    takesTurns: true,
  },
};
/** Limits, by their names. `null`: there is none. */
export type Limits<Name extends LimitName> = readonly (readonly [
  name: Name,
  limit: SharedLimit | null,
])[];

/** Whether rows of own inviters, or of others, need a slot of a limit. */
export function isLimited(name: LimitName, own: boolean): boolean {
  return name !== "server" || !own;
}

/** Gives a row a slot of each limit, up to the one for which it has to wait; that and the place there. */
export function* takeSlots<Name extends LimitName>(
  database: Engine,
  row: { readonly id: number; readonly own: boolean },
  limits: Limits<Name>,
  now: number,
): Steps<{ readonly name: Name; readonly place: Place } | undefined> {
  for (const [name, limit] of limits) {
    const place = limit && (yield* placeAt(database, name, row, limit, now));
    if (place) return { name, place };
    yield* takeSlot(database, name, row.id, now);
  }
  return undefined;
}

// Where a row has to wait for a limit; `undefined` if that admits it now.
function* placeAt(
  database: Engine,
  name: LimitName,
  { id, own }: { readonly id: number; readonly own: boolean },
  limit: SharedLimit,
  now: number,
): Steps<Place | undefined> {
  const { work, key, slot, waiting, isLasting = false, takesTurns = false } = GATES[name];
  const { after, upTo } = limitWindow(limit, now);
  const kept = (yield* database.get(`SELECT ${slot} AS at FROM ${work} WHERE id = ?`, id))?.at;
  if (typeof kept === "number" && (isLasting || kept > after && kept <= upTo)) return undefined;
  // The key is compared in the database: node:sqlite ends a text at a NUL character.
  // The best of others than own inviters has yet to be found, and this one may be it.
  const better = own ? "AND own = 1 AND id < ?2" : "";
  const ahead = yield* database.get(
    `SELECT EXISTS (SELECT 1 FROM ${work}
       WHERE ${waiting} AND parked = ?1 AND ${key} = (SELECT ${key} FROM ${work} WHERE id = ?2)
         ${better}) AS found`,
    name,
    id,
  );
  const wakeAt = (yield* freeAt(database, name, { id, own }, limit, now)) ??
    (ahead?.found === 1 ? now : undefined);
  if (wakeAt === undefined) return undefined;
  return { wakeAt, turn: own || !takesTurns ? 0 : yield* nextTurn(database, name, id, limit, now) };
}

function* nextTurn(
  database: Engine,
  name: LimitName,
  id: number,
  limit: SharedLimit,
  now: number,
): Steps<number> {
  const { work, key, slot, waiting } = GATES[name];
  const { after, upTo } = limitWindow(limit, now);
  const value = (column: string) => `(SELECT ${column} FROM ${work} WHERE id = ?1)`;
  const row = yield* database.get(
    `SELECT
       (SELECT served FROM wake_ups WHERE parked = ?2 AND key = ${value(key)}) AS served,
       (SELECT max(turn) FROM ${work} WHERE ${waiting} AND parked = ?2 AND ${key} = ${value(key)}
          AND server = ${value("server")}) AS last`,
    id,
    name,
  );
  const served = Number(row?.served ?? 0);
  if (typeof row?.last === "number") return turnOf(limit, { served, had: 0, last: row.last });
  const slots = yield* database.get(
    `SELECT (SELECT count(*) FROM ${work} WHERE ${key} = ${value(key)} AND own = 0
          AND server = ${value("server")} AND ${slot} > ?3 AND ${slot} <= ?4)
       + (SELECT count(*) FROM kept_slots WHERE parked = ?2 AND key = ${
      value(keptKeyOf(database, name))
    }
          AND own = 0 AND server = ${value("server")} AND at > ?3 AND at <= ?4) AS had`,
    id,
    name,
    after,
    upTo,
  );
  return turnOf(limit, { served, had: Number(slots?.had ?? 0) });
}

function* takeSlot(database: Engine, name: LimitName, id: number, now: number): Steps<void> {
  const { work, slot, isLasting = false } = GATES[name];
  const at = isLasting ? `COALESCE(${slot}, ?)` : "?";
  yield* database.run(`UPDATE ${work} SET ${slot} = ${at} WHERE id = ?`, now, id);
}

/** Takes a row's slot back if it has one, and wakes its key. */
export function* giveSlotBack(database: Engine, name: LimitName, id: number): Steps<void> {
  const { work, slot } = GATES[name];
  const sql = `UPDATE ${work} SET ${slot} = NULL WHERE id = ? AND ${slot} IS NOT NULL`;
  if ((yield* database.run(sql, id)) > 0) yield* wakeNow(database, name, id);
}

/** Wakes a row's key no later than that. */
export function* wakeAt(database: Engine, name: LimitName, id: number, at: number): Steps<void> {
  const { work, key } = GATES[name];
  yield* database.run(
    `INSERT INTO wake_ups (parked, key, at) SELECT ?, ${key}, ? FROM ${work} WHERE id = ?
     ON CONFLICT (parked, key) DO UPDATE SET
       at = CASE WHEN wake_ups.at > excluded.at THEN excluded.at ELSE wake_ups.at END`,
    name,
    at,
    id,
  );
}

/**
 * The limits of which a mail has slots to give back. The transaction may wake what waits for them.
 */
export function* slotsOf(
  database: Engine,
  mail: number,
): Steps<readonly ("address" | "overall")[]> {
  const row = yield* database.get(
    "SELECT address_key, slot_at, overall_slot_at FROM mails WHERE id = ?",
    mail,
  );
  if (typeof (row?.slot_at ?? row?.overall_slot_at) !== "number") return [];
  const locks = {
    overall: OVERALL_LOCK,
    address: limitLock("address", String(row?.address_key)),
  };
  const held = yield* database.lockLimits([locks.overall, locks.address]);
  return (["address", "overall"] as const).filter((name) =>
    typeof row?.[GATES[name].slot] === "number" && held.has(locks[name])
  );
}

/** Wakes a row's key at once if anything of it is parked: the row has given its slot back. */
export function* wakeNow(database: Engine, name: LimitName, id: number): Steps<void> {
  const { work, key } = GATES[name];
  yield* database.run(
    `UPDATE wake_ups SET at = 0 WHERE parked = ? AND key = (SELECT ${key} FROM ${work} WHERE id = ?)`,
    name,
    id,
  );
}

/** Wakes all keys at once: the limits may be others than before. The caller opens the transaction. */
export function* wakeAll(database: Engine): Steps<void> {
  for (const [name, { work, key, waiting }] of Object.entries(GATES)) {
    yield* database.run(
      `INSERT INTO wake_ups (parked, key, at)
       SELECT DISTINCT parked, ${key}, 0 FROM ${work} WHERE ${waiting} AND parked = ?
       ON CONFLICT (parked, key) DO UPDATE SET at = 0`,
      name,
    );
  }
}

/** When a slot is free for the row; `undefined` if one is now. */
export function* freeAt(
  database: Engine,
  name: LimitName,
  { id, own }: { readonly id: number; readonly own: boolean },
  limit: SharedLimit,
  now: number,
): Steps<number | undefined> {
  const { work, key, slot } = GATES[name];
  const keptKey = keptKeyOf(database, name);
  const { after, upTo } = limitWindow(limit, now);
  // There are some only where rows are deleted within a limit's period.
  const some = "SELECT 1 AS found FROM kept_slots WHERE at > ? LIMIT 1";
  const hasKept = (yield* database.get(some, after)) !== undefined;
  return yield* answer(nextFree(limit, own), function* ({ of, nth }) {
    const condition = of === "strangers" ? "AND own = 0" : "";
    const slots = `SELECT ${slot} AS at FROM ${work}
       WHERE ${key} = (SELECT ${key} FROM ${work} WHERE id = ?1) ${condition}
         AND ${slot} > ?2 AND ${slot} <= ?3`;
    const kept = `SELECT at FROM kept_slots
       WHERE parked = '${name}' AND key = (SELECT ${keptKey} FROM ${work} WHERE id = ?1) ${condition}
         AND at > ?2 AND at <= ?3`;
    const row = yield* database.get(
      `${hasKept ? `${slots} UNION ALL ${kept}` : slots} ORDER BY at DESC LIMIT 1 OFFSET ?4`,
      id,
      after,
      upTo,
      nth,
    );
    return row?.at as number | undefined;
  });
}

// The key of the slots of deleted rows: of an address, only its hash is kept.
function keptKeyOf({ dialect }: Engine, name: LimitName): string {
  return name === "address" ? dialect.bytesAsKey("address_hash") : GATES[name].key;
}
