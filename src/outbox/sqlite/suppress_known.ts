/**
 * What is still known of the mail that a link stands in, in SQLite.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { InvitationFacts } from "../../domain/invitation.ts";
import type { MailReference, StopHash } from "../suppressions.ts";
import type { Database } from "./database.ts";

/** A mail's row that is the mail of a reference. */
export interface KnownMail {
  /** The address's key. */
  readonly addressKey: string;
  /** Whose address it is. */
  readonly userId: string;
  /** The room of the reference. */
  readonly room?: { readonly id: string; readonly facts: InvitationFacts["room"] };
  /** The inviter of the reference. */
  readonly inviter?: { readonly id: string; readonly name?: string };
}

/**
 * The mail of a reference, `undefined` when its row is gone or another's: a database that was made
 * anew, or restored, uses the same IDs again.
 */
export function knownMail(
  database: Database,
  mail: MailReference,
  hash: StopHash,
): KnownMail | undefined {
  const row = database.get("SELECT address_key, user_id FROM mails WHERE id = ?", mail.mail);
  if (row === undefined) return undefined;
  const addressKey = row.address_key as string;
  if (!isSame(mail.address, hash("address", addressKey))) return undefined;
  const invitations = database.all(
    `SELECT room_id, inviter, inviter_name, facts
     FROM mail_invitations JOIN invitations ON id = invitation_id WHERE mail_id = ? ORDER BY id`,
    mail.mail,
  );
  const ofRoom = invitations.find(({ room_id }) =>
    isSame(mail.room, hash("room", String(room_id)))
  );
  const ofInviter = invitations.find(({ inviter }) =>
    isSame(mail.inviter, hash("inviter", String(inviter)))
  );
  return {
    addressKey,
    userId: row.user_id as string,
    ...(ofRoom ? { room: { id: ofRoom.room_id as string, facts: factsOf(ofRoom).room } } : {}),
    ...(ofInviter ? { inviter: inviterOf(ofInviter) } : {}),
  };
}

/** Whether both are there and the same; they are no secrets to whoever holds the link. */
export function isSame(given: Uint8Array | undefined, actual: Uint8Array): boolean {
  return given !== undefined && Buffer.compare(given, actual) === 0;
}

function inviterOf(row: Readonly<Record<string, unknown>>): KnownMail["inviter"] & object {
  const name = (row.inviter_name as string | null) ?? factsOf(row).inviterName;
  return { id: row.inviter as string, ...(name === undefined ? {} : { name }) };
}

function factsOf(row: Readonly<Record<string, unknown>>): InvitationFacts {
  return JSON.parse(row.facts as string);
}
