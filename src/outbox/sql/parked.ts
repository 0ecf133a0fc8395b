/**
 * Lets parked rows go when their limits admit them.
 *
 * @module
 */

import type { SharedLimit } from "../rate_limit.ts";
import type { LimitName } from "../work.ts";
import type { Engine } from "./engine.ts";
import { personOf } from "./leases.ts";
import { freeAt, GATES } from "./limits.ts";
import { limitLock, personLock } from "./locks.ts";
import type { Steps } from "./steps.ts";

// How many wake-ups are served at once, how many rows each of them lets go, and how many rows one claim
// lets go: it holds their people.
const MAX_WAKE_UPS = 100;
const MAX_LET_GO = 100;
const MAX_LET_GO_BY_CLAIM = 100;

/**
 * Lets the best parked rows go whose limit admits them now. `null`: there is no limit any more.
 *
 * @param gone How many the claim has let go.
 * @returns How many it has let go then.
 */
export function* servePark(
  database: Engine,
  name: LimitName,
  limit: SharedLimit | null,
  now: number,
  gone: number,
): Steps<number> {
  let sum = gone;
  // One that is far away was set while the clock was wrong.
  const farAway = limit === null ? now : now + 2 * limit.per;
  const due = (condition: string, time: number) =>
    database.all(
      `SELECT id, key FROM wake_ups WHERE parked = ? AND at ${condition} ? ORDER BY at LIMIT ?`,
      name,
      time,
      MAX_WAKE_UPS,
    );
  for (const { id, key } of [...yield* due("<=", now), ...yield* due(">", farAway)]) {
    if (sum >= MAX_LET_GO_BY_CLAIM) break;
    const lock = limitLock(name, String(key));
    // Others take its slots at the moment.
    if (!(yield* database.tryLocks([lock])).has(lock)) continue;
    sum += yield* serveWakeUp(database, name, id as number, limit, now);
  }
  return sum;
}

// Returns how many rows it let go.
function* serveWakeUp(
  database: Engine,
  name: LimitName,
  wakeUp: number,
  limit: SharedLimit | null,
  now: number,
): Steps<number> {
  const { work, key, slot, waiting } = GATES[name];
  for (let gone = 0; gone < MAX_LET_GO; gone++) {
    const best = yield* database.get(
      `SELECT id, own, ${personOf(work)} AS person FROM ${work} WHERE ${waiting} AND parked = ?
         AND ${key} = (SELECT key FROM wake_ups WHERE id = ?) ORDER BY own DESC, turn, id LIMIT 1`,
      name,
      wakeUp,
    );
    if (best === undefined) {
      yield* database.run("DELETE FROM wake_ups WHERE id = ?", wakeUp);
      return gone;
    }
    const id = best.id as number;
    const free = limit && (yield* freeAt(database, name, { id, own: best.own === 1 }, limit, now));
    if (typeof free === "number") {
      yield* database.run("UPDATE wake_ups SET at = ? WHERE id = ?", free, wakeUp);
      return gone;
    }
    const lock = personLock(String(best.person));
    // Others are working on the person at the moment: the wake-up stays due.
    if (!(yield* database.tryLocks([lock])).has(lock)) return gone;
    const letGo = yield* database.run(
      `UPDATE ${work} SET parked = NULL, turn = 0, ${slot} = ?
       WHERE id = ? AND ${waiting} AND parked IS NOT NULL`,
      now,
      id,
    );
    // Otherwise it was answered meanwhile.
    if (letGo > 0 && best.own === 0) {
      yield* database.run("UPDATE wake_ups SET served = served + 1 WHERE id = ?", wakeUp);
    }
  }
  yield* database.run("UPDATE wake_ups SET at = ? WHERE id = ?", now, wakeUp);
  return MAX_LET_GO;
}
