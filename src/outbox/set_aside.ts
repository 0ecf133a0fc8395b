/**
 * Decides what becomes of a row that cannot be read: pure, and the same for every database.
 *
 * @module
 */

import type { Work } from "./port.ts";
import type { DamagedRowError } from "./stored_row.ts";
import type { Write } from "./writes.ts";

/** Ends an invitation or a mail that is damaged. The reason names the column for the administrator. */
export function setAside(
  work: Work,
  id: number,
  { table, id: row, column }: DamagedRowError,
  at: number,
): readonly Write[] {
  const reason = `damaged: ${column} of row ${row} of ${table}`;
  return work === "invitations"
    ? [
      { kind: "end invitation", id, state: "failed", reason },
      { kind: "add timeline", of: { invitation: id }, at, step: "failed", data: { reason } },
    ]
    : [
      { kind: "end mail", id, state: "expired", reason },
      {
        kind: "add timeline",
        of: { mail: id },
        at,
        step: "expired",
        data: { mail: id, reason },
      },
    ];
}
