/**
 * Compares the homeserver's pending invites with the outbox. What a homeserver had not yet stored for
 * this service when it crashed, it never sends: such invites are taken in, and such answers applied.
 *
 * @module
 */

import type { Change } from "../../domain/invitation.ts";
import type {
  AskedInvite,
  MembershipPage,
  MembershipPlace,
  Memberships,
} from "../../identity/memberships.ts";
import type { OpenInvitation, Outbox, Recorded } from "../../outbox/port.ts";
import type { Clock } from "../../system/clock.ts";
import { letOthersIn } from "../../system/let_others_in.ts";
import { openLog } from "../../system/log_events.ts";
import { JOIN_SETTLES_MS } from "./accept.ts";
import { logRecorded } from "./log_recorded.ts";
import { type MembershipRules, readEvent } from "./membership_event.ts";

const log = openLog("accept");

const OPEN_PER_PAGE = 200;

/** What a sweep needs. */
export interface SweepOptions {
  readonly outbox: Pick<Outbox, "record" | "openInvitations" | "createdAt">;
  readonly memberships: Memberships;
  readonly clock: Clock;
  /** Which invites count. */
  readonly rules: MembershipRules;
  /** How long invitees have to answer before they get an email, in milliseconds. */
  readonly delay: number;
  /** Whether people are told that they were added. */
  readonly added: boolean;
}

/** What a sweep found. */
export interface Swept {
  /** How many invites are pending at the homeserver, of whatever age. */
  readonly pending: number;
  /** How many invitations the outbox had open that were compared, with those taken in. */
  readonly open: number;
  /** How many invites were taken in. */
  readonly taken: number;
  /** How many invites are older than the age limit, or than the outbox. */
  readonly old: number;
  /** How many open invitations had been answered. */
  readonly answered: number;
}

/**
 * Takes in the pending invites that the outbox has never seen, by the same rules as those of a
 * transaction; then ends what is open here and was answered there.
 *
 * @throws {StoreError} When the memberships cannot be read. What was taken in stays.
 * @throws {OutboxError} When it cannot be stored.
 */
export async function sweep(options: SweepOptions, signal?: AbortSignal): Promise<Swept> {
  const invites = await takePending(options, signal);
  // Second, so that an answer is found as well that came in between.
  const answers = await applyAnswers(options, signal);
  const swept = { ...invites, ...answers };
  log.info("pending invites compared", swept);
  return swept;
}

async function takePending(
  options: SweepOptions,
  signal: AbortSignal | undefined,
): Promise<Pick<Swept, "pending" | "taken" | "old">> {
  const { outbox, memberships, clock, rules } = options;
  const since = Math.max(clock.now() - rules.maxAge, outbox.createdAt);
  const total = { pending: 0, taken: 0, old: 0 };
  let place: MembershipPlace | undefined;
  do {
    const page: MembershipPage = await memberships.pendingInvites(since, place, { signal });
    const receivedAt = clock.now();
    const changes: Change[] = [];
    for (const { event } of page.invites) {
      const reading = event === undefined ? undefined : readEvent(event, rules, receivedAt);
      if (reading?.kind === "invite") changes.push(reading);
      else if (reading === undefined || reading.kind === "ancient") total.old++;
    }
    const recorded = await record(changes, receivedAt, options);
    total.pending += page.invites.length;
    total.taken += recorded.filter(({ kind }) => kind === "seen").length;
    place = page.end;
    await letOthersIn();
  } while (place !== undefined);
  return total;
}

async function applyAnswers(
  options: SweepOptions,
  signal: AbortSignal | undefined,
): Promise<Pick<Swept, "open" | "answered">> {
  const { outbox, memberships, clock, rules } = options;
  const total = { open: 0, answered: 0 };
  let after: number | undefined = 0;
  do {
    const open: readonly OpenInvitation[] = await outbox.openInvitations(after, OPEN_PER_PAGE);
    const asked = new Map(open.flatMap((invitation) => {
      const invite = askedInvite(invitation);
      return invite ? [[invite, invitation.key] as const] : [];
    }));
    const found = asked.size === 0 ? [] : await memberships.answers([...asked.keys()], { signal });
    const receivedAt = clock.now();
    const changes: Change[] = [];
    for (const { invite, event } of found) {
      const reading = readEvent(event, rules, receivedAt);
      const key = asked.get(invite);
      if (reading.kind !== "answer" || key === undefined) continue;
      // A newer invite may have come meanwhile, which this does not answer.
      changes.push({ ...reading, answer: { ...reading.answer, only: [key] } });
    }
    const recorded = await record(changes, receivedAt, options);
    total.open += open.length;
    for (const result of recorded) {
      if (result.kind === "answered") total.answered += result.invitations.length;
    }
    after = open.length < OPEN_PER_PAGE ? undefined : open.at(-1)?.id;
    await letOthersIn();
  } while (after !== undefined);
  return total;
}

function askedInvite({ roomId, invitee, eventId }: OpenInvitation): AskedInvite | undefined {
  return eventId === undefined ? undefined : { roomId, invitee, eventId };
}

async function record(
  changes: readonly Change[],
  receivedAt: number,
  { outbox, delay, added }: SweepOptions,
): Promise<readonly Recorded[]> {
  if (changes.length === 0) return [];
  const dueAt = receivedAt + delay;
  const joinedDueAt = added ? Math.max(dueAt, receivedAt + JOIN_SETTLES_MS) : undefined;
  const options = { receivedAt, dueAt, joinedDueAt, source: "database" } as const;
  const recorded = await outbox.record(changes, options);
  for (const [index, result] of recorded.entries()) logRecorded(changes[index] as Change, result);
  return recorded;
}
