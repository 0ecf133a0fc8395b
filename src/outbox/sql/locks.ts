/**
 * Names what transactions divide among themselves where several write at the same time.
 *
 * @module
 */

import type { LimitName } from "../work.ts";

/** The rows of a person, or the slots and wake-ups of a limit's key. */
export type Lock = `person ${string}` | `limit ${string}`;

/** The lock of a person's rows: invitations and emails, with histories and keys. */
export function personLock(person: string): Lock {
  return `person ${person}`;
}

/** The lock of the slots and wake-ups of one key of a limit, such as an address. */
export function limitLock(name: LimitName, key: string): Lock {
  return `limit ${name} ${key}`;
}

/** The lock of the limit of all mails. */
export const OVERALL_LOCK: Lock = limitLock("overall", "");
