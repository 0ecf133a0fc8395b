/**
 * Claims and settles mails in SQLite.
 *
 * @module
 */

import { parseEmailAddress } from "../../domain/email_address.ts";
import { parseUserId } from "../../domain/user_id.ts";
import { withdrawSuppressed } from "../cancel.ts";
import type { Gathering } from "../gather.ts";
import type { Claim, ClaimedMail, MailClaimOptions, MailInvitation, MailOutcome } from "../port.ts";
import type { SharedLimit } from "../rate_limit.ts";
import { parkMail, requeueMail, settleMail } from "../settle_mail.ts";
import type { MailSettled } from "../settled.ts";
import {
  DamagedRowError,
  MAX_TIME_MS,
  parseFacts,
  parseFailover,
  parseMessageId,
  parseRecipient,
  StoredRow,
} from "../stored_row.ts";
import { reasonOf, type StopRules, suppressingScopes } from "../suppressed.ts";
import type { SuppressionScope } from "../suppressions.ts";
import { applyWrites } from "./apply.ts";
import { cancelClosed } from "./cancel.ts";
import { guardRow } from "./damage.ts";
import type { Database, Row } from "./database.ts";
import { withNext } from "./gathering/next.ts";
import { gatheringWrites, windowOf } from "./gathering/wait.ts";
import { type DueRow, dueRows, heldRow, lease, waitingRow } from "./leases.ts";
import { giveSlotBack, placeAt, servePark, takeSlot } from "./limits.ts";
import { openLinks, readMail } from "./read_mail.ts";
import { storedSuppressions } from "./suppressions.ts";

const CLAIMED = "id, fence, user_id, address, kind, message_id, attempts, deferred_since, " +
  "hung, queued_at, recipient, own, failover";
// How many mails above their limit one claim parks: a claim blocks everything else.
const MAX_PARKED = 50;

/** Leases mails that are due; the caller opens the transaction. */
export function claimMails(
  database: Database,
  { count, strangers = count, perAddress, overall = null, ownShare = 0 }: MailClaimOptions,
  { rules, gathering }: MailRules,
  now: number,
  leaseUntil: number,
): readonly ClaimedMail[] {
  const claimed: ClaimedMail[] = [];
  const tried = new Set<number>();
  const limits: Limits = [
    ["address", perAddress && { ...perAddress, ownShare }],
    ["overall", overall && { ...overall, ownShare }],
  ];
  let parked = 0;
  while (claimed.length < count && parked < MAX_PARKED) {
    for (const [name, limit] of limits) servePark(database, name, limit, now);
    const others = strangers - claimed.filter(({ own }) => !own).length;
    const due = dueRows(database, "mails", now, count - claimed.length, others);
    if (due.every(({ id }) => tried.has(id))) break;
    for (const { id, own, reason } of due) {
      tried.add(id);
      const mail = guardRow(database, "mails", id, now, () => {
        if (isStopped(database, id, rules, now)) {
          parked++;
          return undefined;
        }
        const wait = gathering === undefined ? [] : gatheringWrites(database, id, gathering, now);
        if (wait.length > 0) {
          applyWrites(database, wait);
          parked++;
          return undefined;
        }
        const read = claimedMail(database, waitingRow(database, "mails", id, CLAIMED));
        if (passLimits(database, { id, own, reason }, limits, now)) {
          return { ...read, fence: lease(database, "mails", id, leaseUntil) };
        }
        parked++;
        return undefined;
      });
      if (mail !== undefined) claimed.push(mail);
    }
  }
  return claimed;
}

type Limits = readonly (readonly [name: "address" | "overall", limit: SharedLimit | null])[];

// Whether the limits admit the mail; otherwise it is parked. While it waits for the overall limit, it
// keeps its slot of the address's, or all that wait for the address would follow it.
function passLimits(
  database: Database,
  { id, own, reason }: DueRow,
  limits: Limits,
  now: number,
): boolean {
  for (const [name, limit] of limits) {
    const place = limit && placeAt(database, name, { id, own }, limit, now);
    if (place) {
      applyWrites(database, parkMail({ id, reason: reason ?? undefined }, name, place, now));
      if (name === "address") giveSlotBack(database, "overall", id);
      return false;
    }
    takeSlot(database, name, id, now);
  }
  return true;
}

/** What mails are claimed by. */
export interface MailRules {
  readonly rules: StopRules;
  /** `undefined`: each mail is about one invitation. */
  readonly gathering: Gathering | undefined;
}

// A choice may have been stored while the mail was not cancelled yet. Whether nothing is left in it.
function isStopped(database: Database, id: number, rules: StopRules, now: number): boolean {
  const mail = waitingRow(database, "mails", id, "address_key");
  const key = new StoredRow("mails", id, mail).text("address_key");
  const stored = storedSuppressions(database, rules.hash("address", key), key);
  if (stored.length === 0) return false;
  const found = new Set<SuppressionScope>();
  for (const link of openLinks(database, id)) {
    const about = { ...link, outside: rules.isOutside(link.inviter) };
    const scopes = suppressingScopes(stored, about, rules.hash, now);
    for (const scope of scopes) found.add(scope);
    applyWrites(database, withdrawSuppressed(link, scopes, now));
  }
  return cancelClosed(database, id, "answered", now, reasonOf([...found]));
}

/** Requeues claimed mails; the caller opens the transaction. */
export function requeueMails(database: Database, ids: readonly number[], now: number): void {
  for (const id of ids) {
    guardRow(database, "mails", id, now, () => {
      applyWrites(database, requeueMail(readMail(database, id), now).writes);
    });
  }
}

interface SettledMail {
  readonly settled: MailSettled;
  readonly makesWork: boolean;
}

const LOST: SettledMail = { settled: { kind: "lost" }, makesWork: false };

/** Ends a claim; returns the result, and whether it made work. The caller opens the transaction. */
export function settleClaimedMail(
  database: Database,
  claim: Claim,
  outcome: MailOutcome,
  now: number,
  { rules: { hash }, gathering }: MailRules,
): SettledMail {
  if (heldRow(database, "mails", claim, "id") === undefined) return LOST;
  return guardRow(database, "mails", claim.id, now, () => {
    const window = outcome.kind === "sent" && gathering !== undefined
      ? windowOf(database, claim.id, gathering, now)
      : undefined;
    const held = readMail(database, claim.id);
    const mail = held.failover.length === 0
      ? held
      : withNext(database, held, gathering !== undefined, hash, now);
    const settlement = settleMail({ ...mail, window }, outcome, now, hash);
    const { result, writes, makesWork } = settlement;
    const [next] = applyWrites(database, writes);
    return { settled: next === undefined ? result : { ...result, next }, makesWork };
  }) ?? LOST;
}

function claimedMail(database: Database, row: Row): ClaimedMail {
  const id = row.id as number;
  const stored = new StoredRow("mails", id, row);
  // Needed if it is refused; one that cannot be used is found before the mail is sent.
  stored.parsed("failover", parseFailover, "a list of addresses");
  return {
    id,
    fence: stored.count("fence"),
    userId: stored.parsed("user_id", parseUserId, "a user ID"),
    address: stored.parsed("address", parseEmailAddress, "an email address"),
    kind: stored.parsed("kind", parseKind, "a kind of mail"),
    messageId: stored.parsed("message_id", parseMessageId, "a Message-ID"),
    ...row.kind === "reminder" ? { reminds: remindsOf(database, id) } : {},
    own: row.own === 1,
    attempts: stored.count("attempts"),
    hung: row.hung === 1,
    queuedAt: stored.time("queued_at"),
    deferredSince: stored.timeOrNull("deferred_since"),
    recipient: stored.parsed("recipient", parseRecipient, "a recipient"),
    invitations: invitationsOf(database, id),
  };
}

// The latest mail to the same address that was sent, about any of the same invitations.
function remindsOf(database: Database, reminder: number): string | undefined {
  const row = database.get(
    `SELECT other.message_id FROM mail_invitations AS link
       JOIN mail_invitations AS other_link ON other_link.invitation_id = link.invitation_id
       JOIN mails AS other ON other.id = other_link.mail_id
     WHERE link.mail_id = ?1 AND other.id < ?1 AND other.state = 'sent'
       AND other.address_key = (SELECT address_key FROM mails WHERE id = ?1)
     ORDER BY other.id DESC LIMIT 1`,
    reminder,
  );
  return parseMessageId(row?.message_id);
}

function parseKind(value: unknown): ClaimedMail["kind"] | undefined {
  return (["invite", "digest", "reminder"] as const).find((kind) => kind === value);
}

// The readable ones. The mail is damaged when there is none.
function invitationsOf(database: Database, mail: number): readonly MailInvitation[] {
  const rows = database.all(
    `SELECT id, room_id, inviter, inviter_name, origin_ts, received_at, facts
     FROM mail_invitations JOIN invitations ON id = invitation_id
     WHERE mail_id = ? AND open = 1 ORDER BY own DESC, id`,
    mail,
  );
  let damage = new DamagedRowError("mail_invitations", mail, "mail_id", "has no open invitation");
  const readable = rows.flatMap((row) => {
    try {
      return [mailInvitation(row)];
    } catch (error) {
      if (!(error instanceof DamagedRowError)) throw error;
      damage = error;
      return [];
    }
  });
  if (readable.length === 0) throw damage;
  return readable;
}

function mailInvitation(row: Row): MailInvitation {
  const id = row.id as number;
  const stored = new StoredRow("invitations", id, row);
  const receivedAt = stored.time("received_at");
  return {
    id,
    roomId: stored.text("room_id"),
    inviter: stored.text("inviter"),
    inviterName: stored.textOrNull("inviter_name"),
    // A remote server's: any number.
    originTs: Math.min(stored.count("origin_ts"), MAX_TIME_MS),
    receivedAt,
    facts: stored.parsed("facts", parseFacts, "the facts of an invite"),
  };
}
