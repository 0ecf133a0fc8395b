/**
 * Leases where several processes work on the same tables: one that has ended or is paused leaves its claims
 * to the others when their time in the table is over, and one that still works renews its own.
 *
 * @module
 */

import type { Clock } from "../../../system/clock.ts";
import type { Claim, Work } from "../../port.ts";
import type { Access } from "../access.ts";
import type { Engine } from "../engine.ts";
import type { LeaseTimes } from "./times.ts";
import { claimedRows, heldRow, nextDue } from "../leases.ts";
import type { Steps } from "../steps.ts";

/** The claims whose time in the table is over: of others, and those of this process that have ended. */
export function* lapsedRows(
  database: Engine,
  work: Work,
  own: readonly Claim[],
  now: number,
): Steps<readonly number[]> {
  const rows = yield* database.all(
    `SELECT id FROM ${work} WHERE ${claimedRows(work)} AND lease_until <= ? ${except(own)}`,
    now,
  );
  return rows.map(({ id }) => id as number);
}

/** When there is next something to claim, by this machine's clock, in milliseconds UTC. */
export function* nextTime(
  database: Engine,
  work: Work,
  ownOnly: boolean,
  { access, clock, leases }: {
    readonly access: Pick<Access, "hasOneOwner" | "now">;
    readonly clock: Pick<Clock, "now">;
    readonly leases: LeaseTimes;
  },
): Steps<number | undefined> {
  const stored = [yield* nextDue(database, work, ownOnly)];
  if (!access.hasOneOwner) stored.push(yield* nextLapse(database, work, leases.running(work)));
  const ahead = access.now() - clock.now();
  const known = [...stored.map((time) => time && time - ahead), leases.next(work)]
    .filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

// When the next claim of others ends.
function* nextLapse(
  database: Engine,
  work: Work,
  own: readonly Claim[],
): Steps<number | undefined> {
  const row = yield* database.get(
    `SELECT min(lease_until) AS at FROM ${work} WHERE ${claimedRows(work)} ${except(own)}`,
  );
  return typeof row?.at === "number" ? row.at : undefined;
}

function except(own: readonly Claim[]): string {
  return own.length === 0 ? "" : `AND id NOT IN (${own.map(({ id }) => id).join(", ")})`;
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
    await access.commit((database, now) => renew(database, work, ending, now + lease));
    for (const claim of ending) leases.begin(work, claim);
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
  const renewed = await access.commit((database, now) =>
    renew(database, work, [claim], now + lease)
  );
  if (renewed > 0) leases.begin(work, claim);
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
