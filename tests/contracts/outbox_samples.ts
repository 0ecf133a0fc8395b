/**
 * What the tests of the outbox are made of: changes, people, and short ways through its states.
 *
 * @module
 */

import assert from "node:assert/strict";
import { addressKey, type EmailAddress } from "../../src/domain/email_address.ts";
import type { Answer, Change } from "../../src/domain/invitation.ts";
import type { UserId } from "../../src/domain/user_id.ts";
import type {
  ClaimedInvitation,
  ClaimedMail,
  MailOutcome,
  NewMail,
  Outbox,
  Recorded,
} from "../../src/outbox/port.ts";
import type { ManualClock } from "../fakes/system/manual_clock.ts";

/** When the tests begin, in milliseconds UTC. */
export const START = 1_767_225_600_000;
/** How long an invitation waits. */
export const DELAY = 10_000;
/** Longer than any lease. */
export const PAST_LEASE = 3_600_000;

export const ROOM = "!plans:example.org";
export const ALICE = "@alice:example.org";
export const BOB = "@bob:example.org" as UserId;
export const CAROL = "@carol:example.org" as UserId;

/** An outbox under test, empty at first, and its clock. */
export interface Subject extends AsyncDisposable {
  readonly outbox: Outbox;
  readonly clock: ManualClock;
}

interface Pair {
  readonly room?: string;
  readonly invitee?: UserId;
}

/** The invite event of that number; the same number is the same event. */
export function invite(
  number: number,
  options: Pair & { readonly inviter?: string; readonly reinvite?: boolean } = {},
): Change & { readonly kind: "invite" } {
  const { room = ROOM, invitee = BOB, inviter = ALICE, reinvite = false } = options;
  return {
    kind: "invite",
    invitation: {
      key: JSON.stringify(["invite", number, room, invitee]),
      roomId: room,
      invitee,
      inviter,
      eventId: `$event${number}`,
      originTs: START + number,
      reinvite,
      facts: { room: { kind: "room", name: `Plans ${number}`, encrypted: false } },
    },
  };
}

/** The answer of that number; the same number is the same event. */
export function answer(
  number: number,
  options: Pair & { readonly how?: Answer["how"] } = {},
): Change & { readonly kind: "answer" } {
  const { room = ROOM, invitee = BOB, how = "joined" } = options;
  return {
    kind: "answer",
    answer: {
      key: JSON.stringify(["answer", number, room, invitee]),
      roomId: room,
      invitee,
      how,
      originTs: START + number,
    },
  };
}

/** Records a body as accepting a transaction does. */
export function record(
  { outbox, clock }: Subject,
  ...changes: readonly Change[]
): Promise<readonly Recorded[]> {
  return outbox.record(changes, { receivedAt: clock.now(), dueAt: clock.now() + DELAY });
}

/** The same where people are told that they were added: a join leaves what is pending open. */
export function recordWithAdded(
  { outbox, clock }: Subject,
  ...changes: readonly Change[]
): Promise<readonly Recorded[]> {
  const receivedAt = clock.now();
  const dueAt = receivedAt + DELAY;
  return outbox.record(changes, { receivedAt, dueAt, joinedDueAt: dueAt });
}

/** Records one invite and returns its ID. */
export async function recordInvite(
  subject: Subject,
  change: Change,
  options: { readonly catchingUp?: boolean } = {},
): Promise<number> {
  const { outbox, clock } = subject;
  const receivedAt = clock.now();
  const [recorded] = await outbox.record([change], {
    receivedAt,
    dueAt: receivedAt + DELAY,
    ...options,
  });
  assert(recorded?.kind === "seen", `recorded as ${recorded?.kind}`);
  return recorded.invitation;
}

/** A mail to that address. */
export function mailTo(address: string): NewMail {
  return {
    address: address as EmailAddress,
    addressKey: addressKey(address as EmailAddress),
    messageId: `<${crypto.randomUUID()}@example.org>`,
    recipient: { name: "Bob", language: "de" },
  };
}

/** A mail to the first of these addresses, which the others follow where one is refused. */
export function mailWithFailover([first = "", ...others]: readonly string[]): NewMail {
  const failover = others.map((address) => ({
    address: address as EmailAddress,
    messageId: mailTo(address).messageId,
  }));
  return { ...mailTo(first), failover };
}

/** Claims the only invitation that is due. */
export async function claimInvitation(
  { outbox }: Pick<Subject, "outbox">,
): Promise<ClaimedInvitation> {
  const [claimed, ...others] = await outbox.claimInvitations(100);
  assert(claimed && others.length === 0, "one invitation should be due");
  return claimed;
}

/** Claims the only mail that is due. */
export async function claimMail({ outbox }: Subject): Promise<ClaimedMail> {
  const [claimed, ...others] = await outbox.claimMails({ count: 100, perAddress: null });
  assert(claimed && others.length === 0, "one mail should be due");
  return claimed;
}

/** Brings an invite to queued mails, and returns their IDs. */
export async function queueMails(
  subject: Subject,
  change: Change,
  addresses: readonly string[] = ["bob@example.org"],
): Promise<readonly number[]> {
  const { outbox, clock } = subject;
  await recordInvite(subject, change);
  clock.advance(DELAY);
  const claim = await claimInvitation(subject);
  const settled = await outbox.settleInvitation(
    claim,
    { kind: "resolved", mails: addresses.map(mailTo) },
  );
  assert(settled.kind === "settled");
  return settled.mails;
}

/** The value without what is `undefined` in it: an outbox may have such a key, or leave it out. */
export function present(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(present);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) =>
      inner === undefined ? [] : [[key, present(inner)]]
    ),
  );
}

export const SENT = { kind: "sent", response: "250 OK" } as const satisfies MailOutcome;

/** Claims and settles all that is due, and returns the mails that were sent on the way. */
export async function drain({ outbox }: Subject): Promise<ClaimedMail[]> {
  for (const claimed of await outbox.claimInvitations(1000)) {
    const address = claimed.invitee.slice(1).replace(":", "@");
    await outbox.settleInvitation(claimed, { kind: "resolved", mails: [mailTo(address)] });
  }
  const mails = await outbox.claimMails({ count: 1000, perAddress: null });
  for (const mail of mails) await outbox.settleMail(mail, SENT);
  return [...mails];
}

/** The steps of the latest invitations' timelines, the latest invitation first. */
export async function steps({ outbox }: Subject, invitee = BOB): Promise<string[][]> {
  const histories = await outbox.histories(invitee, 100);
  return histories.map(({ timeline }) => timeline.map(({ step }) => step));
}

/** The states of the latest invitations, the latest first. */
export async function states({ outbox }: Subject, invitee = BOB): Promise<string[]> {
  const histories = await outbox.histories(invitee, 100);
  return histories.map(({ state, reason }) => reason ? `${state}: ${reason}` : state);
}
