/**
 * A walk through the states of invitations and mails, as an exact model says.
 *
 * @module
 */

import * as fc from "fast-check";
import assert from "node:assert/strict";
import { hashUserId } from "../../src/domain/user_id_hash.ts";
import type {
  ClaimedInvitation,
  ClaimedMail,
  InvitationOutcome,
  MailOutcome,
} from "../../src/outbox/port.ts";
import { MachineModel } from "./outbox_machine_model.ts";
import { answer, BOB, invite, mailTo, record, SENT, type Subject } from "./outbox_samples.ts";

const LEASE = 900_000;

const step = fc.oneof(
  fc.record({ do: fc.constant("invite" as const), number: fc.nat(6), reinvite: fc.boolean() }),
  fc.record({ do: fc.constant("answer" as const), number: fc.nat(6) }),
  fc.record({ do: fc.constant("wait" as const), for: fc.constantFrom(1, 5_000, 10_000, LEASE) }),
  fc.record({
    do: fc.constant("resolve" as const),
    how: fc.constantFrom(
      "resolved" as const,
      "skipped" as const,
      "deferred" as const,
      "dies" as const,
    ),
  }),
  fc.record({
    do: fc.constant("deliver" as const),
    how: fc.constantFrom(
      "sent" as const,
      "rejected" as const,
      "deferred" as const,
      "dies" as const,
    ),
    answeredMeanwhile: fc.option(fc.nat(6), { nil: undefined }),
  }),
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** Does the same to both, and remembers the claims whose workers have died. */
class Pair {
  readonly model = new MachineModel();
  readonly deadInvitations: ClaimedInvitation[] = [];
  readonly deadMails: ClaimedMail[] = [];

  constructor(readonly subject: Subject, readonly knowsAwaited: boolean) {}

  async take(next: Step): Promise<void> {
    const { clock } = this.subject;
    switch (next.do) {
      case "invite": {
        const { number, reinvite } = next;
        const change = invite(number, { reinvite });
        this.model.invite(change.invitation.key, reinvite, clock.now() + 10_000);
        await record(this.subject, change);
        break;
      }
      case "answer":
        await this.#answer(next.number);
        break;
      case "wait":
        clock.advance(next.for);
        break;
      case "resolve":
        await this.#resolve(next);
        break;
      case "deliver":
        await this.#deliver(next);
    }
  }

  async #answer(number: number): Promise<void> {
    const change = answer(number);
    this.model.answer(change.answer.key);
    await record(this.subject, change);
  }

  async #resolve({ how }: Step & { readonly do: "resolve" }): Promise<void> {
    const { outbox, clock } = this.subject;
    const claims = await outbox.claimInvitations(100);
    const expected = this.model.claimInvitations(clock.now(), clock.now() + LEASE);
    assert.deepEqual(sorted(claims.map(({ id }) => id)), expected);
    for (const dead of this.deadInvitations.filter(({ id }) => expected.includes(id))) {
      const outcome = { kind: "skipped", reason: "an old fence" } as const;
      assert.deepEqual(await outbox.settleInvitation(dead, outcome), { kind: "lost" });
    }
    if (how === "dies") {
      this.deadInvitations.push(...claims);
      return;
    }
    for (const claim of claims) {
      const until: number = clock.now() + (how === "deferred" ? 5_000 : 0);
      const outcome: InvitationOutcome = how === "resolved"
        ? { kind: how, mails: [mailTo("bob@example.org")] }
        : { kind: how, reason: "x", until };
      assert.equal((await outbox.settleInvitation(claim, outcome)).kind, "settled");
      this.model.settleInvitation(claim.id, how, until);
    }
  }

  async #deliver({ how, answeredMeanwhile }: Step & { readonly do: "deliver" }): Promise<void> {
    const { outbox, clock } = this.subject;
    const claims = await outbox.claimMails({ count: 100, perAddress: null });
    const expected = this.model.claimMails(clock.now(), clock.now() + LEASE);
    assert.deepEqual(sorted(claims.map(invitationOf)), expected);
    const claimed = new Set(claims.map(({ id }) => id));
    for (const dead of this.deadMails.filter(({ id }) => claimed.has(id))) {
      await outbox.settleMail(dead, { kind: "rejected", reason: "an old fence" });
    }
    if (answeredMeanwhile !== undefined) await this.#answer(answeredMeanwhile);
    if (how === "dies") {
      this.deadMails.push(...claims);
      return;
    }
    for (const claim of claims) {
      const until: number = clock.now() + 5_000;
      const outcome: MailOutcome = how === "sent" ? SENT : { kind: how, reason: "x", until };
      await outbox.settleMail(claim, outcome);
      this.model.settleMail(invitationOf(claim), how, until);
    }
  }

  async compare(): Promise<void> {
    const { outbox } = this.subject;
    const histories = (await outbox.histories(BOB, 100)).toReversed();
    assert.deepEqual(
      histories.map(({ state, mails }) => [state, ...mails]),
      this.model.invitations.map(({ state, mail }) => mail ? [state, mail.state] : [state]),
    );
    assert(histories.filter(({ state }) => state === "pending").length <= 1);
    const answerable = this.model.invitations.some(({ state, mail }) =>
      state === "pending" || mail?.state === "queued" || mail?.state === "sending"
    );
    assert.equal(await outbox.expectsAnswers(), answerable);
    const awaited = await outbox.awaited();
    if (awaited === undefined) assert(!this.knowsAwaited, "those awaited are known");
    else assert(!answerable || awaited.has(hashUserId(BOB)), "Bob is awaited");
  }
}

function sorted(ids: readonly number[]): number[] {
  return ids.toSorted((a, b) => a - b);
}

/** The one invitation that a mail is about. */
function invitationOf({ invitations }: ClaimedMail): number {
  const [only, ...others] = invitations;
  assert(only && others.length === 0, "a mail is about one invitation");
  return only.id;
}

/** How an outbox is walked through. */
export interface Walks {
  readonly numRuns: number;
  /** Whether the outbox always knows whom it waits for. */
  readonly knowsAwaited: boolean;
}

/** Registers the walk for one kind of outbox. */
export function machineContract(
  name: string,
  open: () => Promise<Subject>,
  { numRuns, knowsAwaited }: Walks,
): void {
  Deno.test(`${name}: every walk through the states goes as the model says`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (walk) => {
        await using subject = await open();
        const pair = new Pair(subject, knowsAwaited);
        for (const next of walk) {
          await pair.take(next);
          await pair.compare();
        }
      }),
      { numRuns },
    );
  });
}
