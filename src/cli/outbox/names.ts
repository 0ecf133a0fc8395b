/**
 * Names the outbox's rows: `i12` is an invitation, `m7` an email.
 *
 * @module
 */

import type { InvitationRecord, RecordRef } from "../../outbox/records.ts";

/** The name of an invitation. */
export function invitationName(id: number): string {
  return `i${id}`;
}

/** The name of an email. */
export function mailName(id: number): string {
  return `m${id}`;
}

/** The row of that name; `undefined` if it is not one. */
export function parseName(text: string): RecordRef | undefined {
  const match = /^([im])([1-9][0-9]{0,14})$/.exec(text);
  if (!match) return undefined;
  return { work: match[1] === "i" ? "invitations" : "mails", id: Number(match[2]) };
}

/** The invitation as the commands name it, with its room and its inviter. */
export function titleOf(
  { id, roomId, roomName, inviter }: Pick<
    InvitationRecord,
    "id" | "roomId" | "roomName" | "inviter"
  >,
): string {
  const room = roomName === undefined ? roomId : `"${roomName}" (${roomId})`;
  return `${invitationName(id)}: to ${room}, by ${inviter}`;
}
