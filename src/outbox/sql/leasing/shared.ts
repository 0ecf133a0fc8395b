/**
 * Leases where several processes work on the same tables: one that has ended or is paused leaves its claims
 * to the others when their time in the table is over, and one that still works renews its own.
 *
 * @module
 */

import type { Claim, Work } from "../../port.ts";
import type { Access } from "../access.ts";
import type { Engine } from "../engine.ts";
import { claimedRows, heldRow, nextDue, personOf } from "../leases.ts";
import { limitLock, personLock } from "../locks.ts";
import type { Steps } from "../steps.ts";
import { among, takeRows, unless } from "./due_rows.ts";
import type { LeaseTimes } from "./times.ts";

// How many claims of others one claim takes over: it has all their people.
const MAX_LAPSED = 200;

/**
 * The claims whose time in the table is over: of others, and those of this process that have ended. The
 * transaction may write them.
 */
export function* lapsedRows(
  database: Engine,
  work: Work,
  own: readonly Claim[],
  now: number,
): Steps<readonly number[]> {
  const running = idsOf(own);
  const lapsed = `${claimedRows(work)} AND lease_until <= ?`;
  const rows = yield* database.all(
    `SELECT id, ${personOf(work)} AS person${work === "mails" ? ", address_key" : ""} FROM ${work}
     WHERE ${lapsed} ${unless(database, running)}
     ORDER BY lease_until LIMIT ${MAX_LAPSED}`,
    now,
    ...among(running),
  );
  const locked = rows.map(({ id, person, address_key: address }) => ({
    id: id as number,
    // A mail gives its slot back.
    locks: [
      personLock(String(person)),
      ...work === "mails" ? [limitLock("address", String(address))] : [],
    ],
  }));
  const taken = yield* takeRows(database, work, locked, lapsed, now);
  return taken.map(({ id }) => id);
}

/** When there is next something to claim, in milliseconds UTC. */
export function* nextTime(
  database: Engine,
  work: Work,
  ownOnly: boolean,
  { access, leases }: {
    readonly access: Pick<Access, "hasOneOwner" | "now">;
    readonly leases: LeaseTimes;
  },
): Steps<number | undefined> {
  const stored = [yield* nextDue(database, work, ownOnly)];
  if (!access.hasOneOwner) stored.push(yield* nextLapse(database, work, leases.running(work)));
  const known = [...stored, leases.next(work, access.now())].filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

// When the next claim of others ends.
function* nextLapse(
  database: Engine,
  work: Work,
  own: readonly Claim[],
): Steps<number | undefined> {
  const running = idsOf(own);
  const row = yield* database.get(
    `SELECT min(lease_until) AS at FROM ${work}
     WHERE ${claimedRows(work)} ${unless(database, running)}`,
    ...among(running),
  );
  return typeof row?.at === "number" ? row.at : undefined;
}

function idsOf(claims: readonly Claim[]): ReadonlySet<number> {
  return new Set(claims.map(({ id }) => id));
}

/** Renews the claims of this process that last, before others may take them. */
export async function renewLeases(
  access: Pick<Access, "commit">,
  leases: LeaseTimes,
  lease: number,
): Promise<void> {
  for (const work of ["invitations", "mails"] as const) {
    const ending = leases.ending(work);
    if (ending.length === 0) continue;
    await access.commit(
      (database, now) => renew(database, work, ending, now + lease),
      leases.scope(work, ending),
    );
    for (const claim of ending) leases.renew(work, claim);
  }
}

/**
 * Whether a claim of this process still holds, also if the process was paused since. A claim that would
 * end soon is renewed.
 */
export async function isHeld(
  access: Pick<Access, "hasOneOwner" | "commit" | "read" | "now">,
  leases: LeaseTimes,
  lease: number,
  work: Work,
  claim: Claim,
): Promise<boolean> {
  if (access.hasOneOwner) return leases.has(work, claim);
  const until = (await access.read((database) => heldRow(database, work, claim, "lease_until")))
    ?.lease_until;
  if (typeof until !== "number") return false;
  if (until - access.now() > lease / 2) return true;
  const renewed = await access.commit(
    (database, now) => renew(database, work, [claim], now + lease),
    leases.scope(work, [claim]),
  );
  if (renewed > 0) leases.renew(work, claim);
  return renewed > 0;
}

function* renew(
  database: Engine,
  work: Work,
  claims: readonly Claim[],
  until: number,
): Steps<number> {
  let renewed = 0;
  for (const { id, fence } of claims) {
    renewed += yield* database.run(
      `UPDATE ${work} SET lease_until = ? WHERE id = ? AND fence = ? AND ${claimedRows(work)}`,
      until,
      id,
      fence,
    );
  }
  return renewed;
}
