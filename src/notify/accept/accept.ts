/**
 * Accepts a transaction: its changes are on disk before the homeserver gets its 200.
 *
 * @module
 */

import type { Change } from "../../domain/invitation.ts";
import type { Outbox } from "../../outbox/port.ts";
import { SECOND } from "../../settings/duration.ts";
import type { Clock } from "../../system/clock.ts";
import { openPace } from "../../system/let_others_in.ts";
import { openLog } from "../../system/log_events.ts";
import { looksLikeObject, mayHoldMembership, scanBody } from "./body_scan.ts";
import type { CatchUp, Passage } from "./catch_up.ts";
import { isObject } from "./invitation_facts.ts";
import { logRecorded } from "./log_recorded.ts";
import { type MembershipRules, readEvent } from "./membership_event.ts";

const log = openLog("accept");

/**
 * How long it takes until the homeserver tells everybody who asks that a client was used, in
 * milliseconds: it writes that a few seconds later. Only then it is known who made a join.
 */
export const JOIN_SETTLES_MS = 10 * SECOND;

/** What accepting needs. */
export interface AcceptOptions {
  /** Where invitations are kept. */
  readonly outbox: Pick<Outbox, "record" | "expectsAnswers" | "awaited">;
  readonly clock: Clock;
  /** Whether the homeserver is catching up. */
  readonly catchUp: Pick<CatchUp, "looksInto" | "arrived">;
  /** Which invites count. */
  readonly rules: MembershipRules;
  /** Called with the invitee of each invite of somebody of another homeserver. */
  readonly onElsewhere?: ((invitee: string) => void) | undefined;
  /** How long invitees have to answer before they get an email, in milliseconds. */
  readonly delay: number;
  /** Whether people are told that they were added: see `JOIN_SETTLES_MS`. */
  readonly added: boolean;
  /** How long after a mail joins are of interest, in milliseconds: see the policy. */
  readonly repeatAfter: number | null;
}

/** The result of accepting a transaction. */
export type Accepted =
  /** Its changes are on disk. */
  | { readonly kind: "accepted" }
  /** The body is not JSON, or not a transaction: the sender is not a homeserver. */
  | { readonly kind: "malformed"; readonly why: "not JSON" | "not a transaction" };

/**
 * Accepts the body of a transaction (application service API, `PUT /transactions/{txnId}`). A bad
 * event never affects the others.
 *
 * @throws {OutboxError} When it cannot be stored: the homeserver must send it again.
 */
export async function acceptTransaction(
  body: Uint8Array,
  options: AcceptOptions,
): Promise<Accepted> {
  const { outbox, clock, catchUp, delay, repeatAfter, added } = options;
  const sentSince = repeatAfter === null ? undefined : clock.now() - repeatAfter;
  if (looksLikeObject(body) && !await mayConcernUs(body, outbox, sentSince)) {
    // Whatever is wrong with it does not matter.
    const events = catchUp.looksInto(body.length) ? readEvents(parseJson(body)) : undefined;
    (await catchUp.arrived(events, clock.now())).recorded();
    return { kind: "accepted" };
  }
  const transaction = parseJson(body);
  if (transaction === undefined) return { kind: "malformed", why: "not JSON" };
  const events = readEvents(transaction);
  if (events === undefined) return { kind: "malformed", why: "not a transaction" };

  const receivedAt = clock.now();
  const passage = await catchUp.arrived(events, receivedAt);
  const { changes, tooOld } = await readChanges(events, options, receivedAt, passage);
  const tally = { invites: 0, late: 0, answered: 0, tooOld, tooOldRows: 0 };
  if (changes.length > 0) {
    const dueAt = passage.waitsSince + delay;
    const catchingUp = passage.catchingUp || undefined;
    const joinedDueAt = added ? Math.max(dueAt, receivedAt + JOIN_SETTLES_MS) : undefined;
    const recorded = await outbox.record(changes, { receivedAt, dueAt, joinedDueAt, catchingUp });
    const pace = openPace();
    for (const [index, result] of recorded.entries()) {
      await pace();
      const change = changes[index] as Change;
      logRecorded(change, result);
      if (result.kind === "too old") tally.tooOldRows++;
      if (result.kind === "answered") tally.answered += result.invitations.length;
      if (result.kind !== "seen" || change.kind !== "invite") continue;
      tally.invites++;
      if (change.invitation.late) tally.late++;
    }
  }
  passage.recorded(tally);
  return { kind: "accepted" };
}

const NOBODY: ReadonlySet<number> = new Set();

async function mayConcernUs(
  body: Uint8Array,
  outbox: AcceptOptions["outbox"],
  sentSince: number | undefined,
): Promise<boolean> {
  const awaited = await outbox.awaited(sentSince);
  if (scanBody(body, awaited ?? NOBODY)) return true;
  return awaited === undefined && mayHoldMembership(body) &&
    await outbox.expectsAnswers(sentSince);
}

// The events of a transaction; `undefined` if it is none.
function readEvents(transaction: unknown): readonly unknown[] | undefined {
  const events = isObject(transaction) ? transaction.events ?? [] : undefined;
  return Array.isArray(events) ? events : undefined;
}

interface Changes {
  readonly changes: readonly Change[];
  /** How many invites are too old. */
  readonly tooOld: number;
}

async function readChanges(
  events: readonly unknown[],
  { rules, onElsewhere }: AcceptOptions,
  receivedAt: number,
  { catchingUp, tooOldRows }: Passage,
): Promise<Changes> {
  const changes: Change[] = [];
  let tooOld = 0;
  const pace = openPace();
  for (const event of events) {
    await pace();
    const reading = readEvent(event, rules, receivedAt, catchingUp);
    switch (reading.kind) {
      case "invite":
      case "answer":
        changes.push(reading);
        break;
      case "elsewhere":
        onElsewhere?.(reading.invitee);
        break;
      case "too old":
        if (tooOld++ < tooOldRows) changes.push(reading);
        break;
      case "ancient":
        tooOld++;
        break;
      case "skipped":
        log.info("event skipped", { reason: reading.reason, ...identifiers(event) });
        break;
      case "ignored":
        break;
    }
  }
  // While the homeserver is catching up, they are counted until it has.
  if (tooOld > 0 && !catchingUp) log.info("old invites skipped", { count: tooOld });
  return { changes, tooOld };
}

function identifiers(event: unknown): Record<string, unknown> {
  if (!isObject(event)) return {};
  return { room: shortText(event.room_id), event: shortText(event.event_id) };
}

function shortText(value: unknown): string | undefined {
  return typeof value === "string" ? value.slice(0, 255) : undefined;
}

function parseJson(body: Uint8Array): unknown {
  try {
    // Not fatal: invalid UTF-8 in one event must not affect the others.
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}
