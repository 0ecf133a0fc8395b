/**
 * Claims and settles mails.
 *
 * @module
 */

import { parseEmailAddress } from "../../domain/email_address.ts";
import { parseUserId } from "../../domain/user_id.ts";
import { withdrawSuppressed } from "../cancel.ts";
import type { Gathering } from "../gather.ts";
import type { Claim, ClaimedMail, MailClaimOptions, MailInvitation, MailOutcome } from "../port.ts";
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
import type { Engine } from "./engine.ts";
import { withNext } from "./gathering/next.ts";
import { gatheringWrites, windowOf } from "./gathering/wait.ts";
import { heldRow, lease, waitingRow } from "./leases.ts";
import { type DueRow, dueRows } from "./leasing/due_rows.ts";
import { giveSlotBack, type Limits, takeSlots } from "./limits.ts";
import { servePark } from "./parked.ts";
import { openLinks, readMail } from "./read_mail.ts";
import type { Row, Steps } from "./steps.ts";
import { storedSuppressions } from "./suppressions.ts";

const CLAIMED = "id, fence, user_id, address, kind, message_id, attempts, deferred_since, " +
  "hung, queued_at, recipient, own, failover";
// How many mails above their limit one claim parks: a claim blocks everything else.
const MAX_PARKED = 20;

/** Leases mails that are due; the caller opens the transaction. */
export function* claimMails(
  database: Engine,
  { count, strangers = count, perAddress, overall = null, ownShare = 0 }: MailClaimOptions,
  { rules, gathering }: MailRules,
  now: number,
  leaseUntil: number,
): Steps<readonly ClaimedMail[]> {
  const claimed: ClaimedMail[] = [];
  const tried = new Set<number>();
  const limits: Limits<"address" | "overall"> = [
    ["address", perAddress && { ...perAddress, ownShare }],
    ["overall", overall && { ...overall, ownShare }],
  ];
  const busy = new Set<number>();
  const counting = limits.flatMap(([name, limit]) => limit === null ? [] : [name]);
  let parked = 0;
  let gone = 0;
  while (claimed.length < count && parked < MAX_PARKED) {
    for (const [name, limit] of limits) {
      gone = yield* servePark(database, name, limit, now, gone);
    }
    const others = strangers - claimed.filter(({ own }) => !own).length;
    const due = yield* dueRows(
      database,
      "mails",
      now,
      count - claimed.length,
      others,
      counting,
      busy,
    );
    if (due.every(({ id }) => tried.has(id))) break;
    for (const row of due) {
      const { id } = row;
      tried.add(id);
      const mail = yield* guardRow(database, "mails", id, now, function* () {
        if (yield* isStopped(database, id, rules, now)) {
          parked++;
          return undefined;
        }
        const wait = gathering === undefined
          ? []
          : yield* gatheringWrites(database, id, gathering, now);
        if (wait.length > 0) {
          yield* applyWrites(database, wait);
          parked++;
          return undefined;
        }
        const read = yield* claimedMail(
          database,
          yield* waitingRow(database, "mails", id, CLAIMED),
        );
        if (yield* passLimits(database, row, limits, now)) {
          return { ...read, fence: yield* lease(database, "mails", id, leaseUntil) };
        }
        parked++;
        return undefined;
      });
      if (mail !== undefined) claimed.push(mail);
    }
  }
  return claimed;
}

// Whether the limits admit the mail; otherwise it is parked. While it waits for the overall limit, it
// keeps its slot of the address's, or all that wait for the address would follow it.
function* passLimits(
  database: Engine,
  { id, own, reason }: DueRow,
  limits: Limits<"address" | "overall">,
  now: number,
): Steps<boolean> {
  const waits = yield* takeSlots(database, { id, own }, limits, now);
  if (waits === undefined) return true;
  const { name, place } = waits;
  yield* applyWrites(database, parkMail({ id, reason: reason ?? undefined }, name, place, now));
  if (name === "address") yield* giveSlotBack(database, "overall", id);
  return false;
}

/** What mails are claimed by. */
export interface MailRules {
  readonly rules: StopRules;
  /** `undefined`: each mail is about one invitation. */
  readonly gathering: Gathering | undefined;
}

// A choice may have been stored while the mail was not cancelled yet. Whether nothing is left in it.
function* isStopped(database: Engine, id: number, rules: StopRules, now: number): Steps<boolean> {
  const mail = yield* waitingRow(database, "mails", id, "address_key");
  const key = new StoredRow("mails", id, mail).text("address_key");
  const stored = yield* storedSuppressions(database, rules.hash("address", key), key);
  if (stored.length === 0) return false;
  const found = new Set<SuppressionScope>();
  for (const link of yield* openLinks(database, id)) {
    const about = { ...link, outside: rules.isOutside(link.inviter) };
    const scopes = suppressingScopes(stored, about, rules.hash, now);
    for (const scope of scopes) found.add(scope);
    yield* applyWrites(database, withdrawSuppressed(link, scopes, now));
  }
  return yield* cancelClosed(database, id, "answered", now, reasonOf([...found]));
}

/** Requeues claimed mails; the caller opens the transaction. */
export function* requeueMails(database: Engine, ids: readonly number[], now: number): Steps<void> {
  for (const id of ids) {
    yield* guardRow(database, "mails", id, now, function* () {
      yield* applyWrites(database, requeueMail(yield* readMail(database, id), now).writes);
    });
  }
}

interface SettledMail {
  readonly settled: MailSettled;
  readonly makesWork: boolean;
}

const LOST: SettledMail = { settled: { kind: "lost" }, makesWork: false };

/** Ends a claim; returns the result, and whether it made work. The caller opens the transaction. */
export function* settleClaimedMail(
  database: Engine,
  claim: Claim,
  outcome: MailOutcome,
  now: number,
  { rules: { hash }, gathering }: MailRules,
): Steps<SettledMail> {
  if ((yield* heldRow(database, "mails", claim, "id")) === undefined) return LOST;
  return (yield* guardRow(database, "mails", claim.id, now, function* () {
    const window = outcome.kind === "sent" && gathering !== undefined
      ? yield* windowOf(database, claim.id, gathering, now)
      : undefined;
    const held = yield* readMail(database, claim.id);
    const mail = held.failover.length === 0
      ? held
      : yield* withNext(database, held, gathering !== undefined, hash, now);
    const settlement = settleMail({ ...mail, window }, outcome, now, hash);
    const { result, writes, makesWork } = settlement;
    const [next] = yield* applyWrites(database, writes);
    return { settled: next === undefined ? result : { ...result, next }, makesWork };
  })) ?? LOST;
}

function* claimedMail(database: Engine, row: Row): Steps<ClaimedMail> {
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
    ...row.kind === "reminder" ? { reminds: yield* remindsOf(database, id) } : {},
    own: row.own === 1,
    attempts: stored.count("attempts"),
    hung: row.hung === 1,
    queuedAt: stored.time("queued_at"),
    deferredSince: stored.timeOrNull("deferred_since"),
    recipient: stored.parsed("recipient", parseRecipient, "a recipient"),
    invitations: yield* invitationsOf(database, id),
  };
}

// The latest mail to the same address that was sent, about any of the same invitations.
function* remindsOf(database: Engine, reminder: number): Steps<string | undefined> {
  const row = yield* database.get(
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
function* invitationsOf(database: Engine, mail: number): Steps<readonly MailInvitation[]> {
  const rows = yield* database.all(
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
