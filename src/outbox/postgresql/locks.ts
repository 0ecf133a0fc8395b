/**
 * Divides the tables among transactions that write at the same time, by advisory locks.
 *
 * Each transaction takes the schema's lock: alone to write everything, or shared with others. Those that
 * share it write the rows of a person with that person's lock only, and take or give back slots with the
 * lock of that limit's key only. So that no two wait for each other, these locks are waited for in one
 * order: the schema's, people's from the lowest number up, that of the limit of all mails, and with it
 * those of other limits. A claim waits for that of the limit of all mails before it has any other, and
 * then takes only what nobody has: once it has begun, it waits for nothing.
 *
 * @module
 */

import { hashUserId } from "../../domain/user_id_hash.ts";
import type { Scope } from "../sql/access.ts";
import type { Engine } from "../sql/engine.ts";
import { type Lock, OVERALL_LOCK, personLock } from "../sql/locks.ts";

/** The first number of the schema's lock: "mxid". The second one is made of the schema's name. */
export const SCHEMA_LOCKS = 0x6d786964;
// "mxip" and "mxil". The second number is made of the schema's name and of what is locked.
const PERSON_LOCKS = 0x6d786970;
const LIMIT_LOCKS = 0x6d78696c;

/** The statements by which a transaction of that scope begins; none if it only reads. */
export function lockStatements(schema: string, scope: Scope | undefined): readonly string[] {
  if (scope === undefined) return [];
  const shared = scope.kind === "all" ? "" : "_shared";
  return [
    `SELECT pg_advisory_xact_lock${shared}(${SCHEMA_LOCKS}, hashtext('${schema}'))`,
    ...firstLocks(scope).map((lock) => numbersOf(schema, lock)).sort((a, b) => a[1] - b[1])
      .map((numbers) => `SELECT pg_advisory_xact_lock(${numbers.join(", ")})`),
  ];
}

function firstLocks(scope: Scope): readonly Lock[] {
  switch (scope.kind) {
    case "all":
      return [];
    case "people":
      return [...new Set(scope.people)].map(personLock);
    case "claim":
      return scope.overall ? [OVERALL_LOCK] : [];
  }
}

/** Takes locks within a transaction of that scope. */
export function openLocks(
  schema: string,
  scope: Scope | undefined,
  all: Engine["all"],
): Pick<Engine, "tryLocks" | "lockLimits"> {
  const held = new Set<string>();
  const keyOf = (lock: Lock) => numbersOf(schema, lock).join(" ");
  if (scope) { for (const lock of firstLocks(scope)) held.add(keyOf(lock)); }
  const missing = (locks: readonly Lock[]) =>
    locks.filter((lock) => scope?.kind !== "all" && !held.has(keyOf(lock)));

  const tryLocks: Engine["tryLocks"] = function* (locks) {
    const wanted = [...new Set(missing(locks).map(keyOf))];
    if (wanted.length > 0) {
      const taken = yield* all(
        `SELECT kind, number FROM (
           SELECT CAST(split_part(lock, ' ', 1) AS integer) AS kind,
             CAST(split_part(lock, ' ', 2) AS integer) AS number
           FROM jsonb_array_elements_text(CAST(? AS jsonb)) AS wanted (lock) OFFSET 0
         ) AS wanted WHERE pg_try_advisory_xact_lock(kind, number)`,
        JSON.stringify(wanted),
      );
      for (const { kind, number } of taken) held.add(`${kind} ${number}`);
    }
    const others = new Set(missing(locks));
    return new Set(locks.filter((lock) => !others.has(lock)));
  };

  return {
    tryLocks,
    *lockLimits(locks) {
      if (scope?.kind === "claim") return yield* tryLocks(locks);
      const first = (lock: Lock) => lock === OVERALL_LOCK ? 0 : 1;
      for (const lock of missing(locks).sort((a, b) => first(a) - first(b))) {
        yield* all(
          "SELECT pg_advisory_xact_lock(CAST(? AS integer), CAST(? AS integer))",
          ...numbersOf(schema, lock),
        );
        held.add(keyOf(lock));
      }
      return new Set(locks);
    },
  };
}

// Two locks with the same numbers are one, which only makes others wait.
function numbersOf(schema: string, lock: Lock): readonly [kind: number, number: number] {
  const kind = lock.startsWith("person ") ? PERSON_LOCKS : LIMIT_LOCKS;
  return [kind, hashUserId(`${schema} ${lock}`) | 0];
}
